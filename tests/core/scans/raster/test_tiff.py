"""TIFF 6.0: tags decide polarity (262), sign and kind of numbers (339), thumbnails (254), orientation (274)."""

import io

import numpy as np
import pytest
import tifffile

from core.errors import ScanError
from core.scans import read_scan


def tiff(array, **options):
    out = io.BytesIO()
    tifffile.imwrite(out, array, **options)
    return out.getvalue()


def pages(*written, bigtiff=False):
    out = io.BytesIO()
    with tifffile.TiffWriter(out, bigtiff=bigtiff) as writer:
        for array, options in written:
            writer.write(array, **options)
    return out.getvalue()


def said(scan):
    return " ".join((*scan.assumptions, *scan.warnings))


@pytest.mark.parametrize("depth", [8, 16])
def test_white_is_zero_is_no_guess(eight, sixteen, depth):
    values, top = (eight, 255) if depth == 8 else (sixteen, 65535)
    scan = read_scan(tiff(top - values, photometric="miniswhite"))
    np.testing.assert_allclose(scan.display(), values / top, atol=1e-6)
    assert scan.inverted
    assert "negative" not in said(scan)


def test_a_tag_that_contradicts_the_air_is_followed_and_said(eight):
    scan = read_scan(tiff(eight, photometric="miniswhite"))
    np.testing.assert_allclose(scan.display(), 1 - eight / 255, atol=1e-6)
    assert "background is bright although the file states its polarity" in said(scan)


@pytest.mark.parametrize(
    "options",
    [
        {"bigtiff": True},
        {"byteorder": ">"},
        {"compression": "lzw", "predictor": True},
        {"compression": "zlib", "tile": (64, 64)},
        {"compression": "packbits"},
        {"rowsperstrip": 7},
    ],
)
def test_layouts(sixteen, options):
    np.testing.assert_array_equal(read_scan(tiff(sixteen, **options)).values, sixteen)


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_packed_bits_state_their_depth(brightness, bits):
    values = np.rint(brightness * (2**bits - 1)).astype(np.uint16)
    scan = read_scan(tiff(values, bitspersample=bits))
    np.testing.assert_allclose(scan.display(), values / (2**bits - 1), atol=1e-6)
    assert scan.bits == bits
    assert "estimated" not in said(scan)


def test_signed_values_keep_their_numbers(twelve):
    signed = twelve.astype(np.int16) - 1024
    scan = read_scan(tiff(signed))
    np.testing.assert_array_equal(scan.values, signed)
    np.testing.assert_allclose(scan.display(), twelve / 4095, atol=1e-6)
    assert "signed (tag 339)" in said(scan)
    assert "from -1024 to 3071 (estimated" in said(scan)
    stated = read_scan(tiff(signed, extratags=[(340, "h", 1, -1024, False), (341, "h", 1, 3071, False)]))
    np.testing.assert_allclose(stated.display(), twelve / 4095, atol=1e-6)
    assert "estimated" not in said(stated)


@pytest.mark.parametrize("kind", [np.uint32, np.uint64, np.float32, np.float64, np.int16])
def test_whole_numbers_are_read_as_such_in_any_type(twelve, kind):
    scan = read_scan(tiff(twelve.astype(kind)))
    np.testing.assert_array_equal(scan.values, twelve)
    np.testing.assert_allclose(scan.display(), twelve / 4095, atol=1e-6)


def test_decimal_values(brightness):
    unit = read_scan(tiff((brightness * 0.9).astype(np.float32)))
    np.testing.assert_allclose(unit.display(), brightness * 0.9, atol=1e-6)
    assert "from 0 to 1 (estimated" in said(unit)
    other = read_scan(tiff((brightness * 7 - 3).astype(np.float32)))
    np.testing.assert_allclose(other.display(), brightness / brightness.max(), atol=1e-6)
    assert "lowest to the highest" in said(other)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_is_refused_by_name(brightness, bad):
    values = brightness.astype(np.float32)
    values[3, 3] = bad
    with pytest.raises(ScanError, match="not numbers"):
        read_scan(tiff(values))


def test_32_bits_that_do_not_fit_are_said(twelve):
    scan = read_scan(tiff(twelve.astype(np.uint32) * 1_000_003))
    assert "rounded to 24 significant bits" in said(scan)
    np.testing.assert_allclose(scan.display(), twelve / twelve.max(), atol=1e-6)


def test_reduced_copies_and_masks_are_no_further_images(sixteen):
    small = {"subfiletype": 1}
    for data in (
        pages((sixteen, {}), (sixteen[::8, ::8].copy(), small)),
        pages((sixteen[::8, ::8].copy(), small), (sixteen, {}), (sixteen > 0, {"subfiletype": 4}), bigtiff=True),
        pages((sixteen, {"subifds": 1}), (sixteen[::2, ::2].copy(), small)),
    ):
        scan = read_scan(data)
        np.testing.assert_array_equal(scan.values, sixteen)
    with pytest.raises(ScanError, match="2 images"):
        read_scan(pages((sixteen, {}), (sixteen, {})))


def test_colours_planes_alpha_and_colour_maps(eight, sixteen):
    rgb, opaque = np.dstack([sixteen] * 3), np.full(sixteen.shape, 65535, np.uint16)
    inverse = np.repeat(np.arange(255, -1, -1, dtype=np.uint16)[None] * 257, 3, 0)
    for data, values in (
        (tiff(rgb, photometric="rgb"), sixteen),
        (tiff(np.moveaxis(rgb, -1, 0), photometric="rgb", planarconfig="separate"), sixteen),
        (tiff(np.dstack([rgb, opaque]), photometric="rgb", extrasamples=["unassalpha"]), sixteen),
        (tiff(255 - eight, photometric="palette", colormap=inverse), eight),
    ):
        scan = read_scan(data)
        np.testing.assert_array_equal(scan.values, values)
        assert scan.colour_fraction == 0


def test_orientation(sixteen):
    scan = read_scan(tiff(np.ascontiguousarray(np.rot90(sixteen, 1)), extratags=[(274, "H", 1, 6, False)]))
    np.testing.assert_array_equal(scan.values, sixteen)
    assert "turned by 90° clockwise" in said(scan)


@pytest.mark.parametrize("photometric", ["separated", "cielab"])
def test_inks_and_other_colour_spaces_are_declined_by_name(eight, photometric):
    with pytest.raises(ScanError, match=photometric.upper()):
        read_scan(tiff(np.dstack([eight] * (4 if photometric == "separated" else 3)), photometric=photometric))


def test_other_compressions_are_declined_by_name(sixteen):
    with pytest.raises(ScanError, match="JPEG2000"):
        read_scan(tiff(sixteen, compression="jpeg2000"))


def test_a_strip_that_ends_early_is_no_black_stripe(sixteen):
    for options in ({}, {"compression": "lzw"}):
        with pytest.raises(ScanError, match="cut off"):
            read_scan(tiff(sixteen, **options)[:-2000])
