"""PNG by the third edition of its specification (W3C, 2025): sBIT, sample depth, alpha, interlace, eXIf."""

import io
import struct
import zlib

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image

from core.scans import read_scan
from core.scans.raster.depth import shared


def with_chunk(data, kind, content):
    """A PNG with one more chunk behind its header."""
    chunk = struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return data[:33] + chunk + data[33:]


def png(array, **options):
    out = io.BytesIO()
    Image.fromarray(array).save(out, "PNG", **options)
    return out.getvalue()


def said(scan):
    return " ".join((*scan.assumptions, *scan.warnings))


@pytest.mark.parametrize("share", [1, 2, 4, 16])
def test_scaled_samples_stay_on_the_scale_of_16_bits(sixteen, twelve, share):
    """13.12: samples of 12 bits are scaled up, and sBIT says so; a dim view is not stretched."""
    values = ((twelve // share) << 4 | (twelve // share) >> 8).astype(np.uint16)
    scan = read_scan(with_chunk(png(values), b"sBIT", b"\x0c"))
    np.testing.assert_allclose(scan.display(), values / 65535, atol=1e-6)
    assert scan.bits == 12
    assert "estimated" not in said(scan)


def test_unscaled_samples_that_state_their_bits(twelve):
    scan = read_scan(with_chunk(png(twelve), b"sBIT", b"\x0c"))
    np.testing.assert_allclose(scan.display(), twelve / 4095, atol=1e-6)
    assert "does not scale them" in said(scan)


@pytest.mark.parametrize(("top", "white"), [(251, 255), (1000, 1023), (3000, 4095), (4096, 16383), (16383, 16383), (20000, 65535)])
def test_without_sbit_the_depth_is_estimated_and_it_is_said(top, white):
    values = np.arange(160 * 160).reshape(160, 160) % (top + 1)
    scan = read_scan(png(values.astype(np.uint16)))
    np.testing.assert_allclose(scan.display(), values / white, atol=1e-6)
    assert "estimated; the score depends on it" in scan.assumptions[0]


def test_a_dim_view_scaled_up_from_12_bits_is_known_by_its_steps(twelve):
    dim = ((twelve // 5) << 4).astype(np.uint16)  # ends at 13,000: 14 bits by its maximum alone
    np.testing.assert_allclose(read_scan(png(dim)).display(), dim / 65535, atol=1e-6)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_fewer_than_8_bits(brightness, bits):
    values = np.rint(brightness * (2**bits - 1)).astype(np.uint8)
    image = Image.fromarray(values * (255 // (2**bits - 1)))
    image = image.convert("1", dither=Image.Dither.NONE) if bits == 1 else Image.fromarray(values).convert("P")
    if bits > 1:
        image.putpalette(np.repeat(np.arange(2**bits, dtype=np.uint8) * (255 // (2**bits - 1)), 3).tobytes())
    out = io.BytesIO()
    image.save(out, "PNG", bits=bits)
    np.testing.assert_allclose(read_scan(out.getvalue()).display(), values / (2**bits - 1), atol=0.003)


def test_few_grey_levels_are_said():
    data = png(np.eye(200) > 0)
    assert "only 2 grey levels" in said(read_scan(data))


def test_16_bits_are_kept_with_alpha_and_as_rgb(sixteen):
    opaque = np.full(sixteen.shape, 65535, np.uint16)
    for channels in ([sixteen] * 3, [sixteen, opaque], [sixteen] * 3 + [opaque]):
        scan = read_scan(imagecodecs.png_encode(np.dstack(channels)))
        np.testing.assert_array_equal(scan.values, sixteen)
        assert (scan.bits, scan.colour_fraction) == (16, 0)
        assert "ransparent" not in said(scan)


def test_what_transparent_pixels_hide_is_not_shown(sixteen):
    """A browser shows them on black, and so is the air round a cut-out breast meant."""
    alpha = np.where(sixteen > 0, 65535, 0).astype(np.uint16)
    hidden = np.where(sixteen > 0, sixteen, 60000).astype(np.uint16)
    scan = read_scan(imagecodecs.png_encode(np.dstack([hidden, alpha])))
    np.testing.assert_array_equal(scan.values, sixteen)
    assert not scan.inverted
    assert "Transparent pixels are shown black" in said(scan)


def test_a_transparent_grey_level_is_black(eight, sixteen):
    lifted = np.where(eight == 0, 200, eight).astype(np.uint8)
    np.testing.assert_array_equal(read_scan(png(lifted, transparency=200)).values == 0, (eight == 0) | (lifted == 200))
    scan = read_scan(with_chunk(png(np.where(sixteen == 0, 999, sixteen).astype(np.uint16)), b"tRNS", struct.pack(">H", 999)))
    np.testing.assert_array_equal(scan.values, np.where(sixteen == 999, 0, sixteen))


def adam7(array):
    """An interlaced PNG of 16 bits, written by 8.2."""
    channels = array.shape[2] if array.ndim == 3 else 1
    raw = b""
    for y, x, dy, dx in ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)):
        raw += b"".join(b"\0" + row.tobytes() for row in array[y::dy, x::dx].astype(">u2"))
    head = struct.pack(">IIBBBBB", array.shape[1], array.shape[0], 16, {1: 0, 2: 4, 3: 2}[channels], 0, 0, 1)
    out = b"\x89PNG\r\n\x1a\n"
    for kind, content in ((b"IHDR", head), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")):
        out += struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return out


def test_interlaced(sixteen):
    for array in (sixteen, np.dstack([sixteen] * 3)):
        np.testing.assert_array_equal(read_scan(adam7(array)).values, sixteen)


def test_palette(eight):
    image = Image.fromarray(255 - eight).convert("P")
    image.putpalette(np.repeat(np.arange(255, -1, -1, dtype=np.uint8), 3).tobytes())
    out = io.BytesIO()
    image.save(out, "PNG")
    scan = read_scan(out.getvalue())
    np.testing.assert_array_equal(scan.values, eight)
    assert scan.bits == 8


def test_gamma_changes_nothing_and_is_said(sixteen):
    plain = png(sixteen)
    linear = with_chunk(plain, b"gAMA", struct.pack(">I", 100000))
    np.testing.assert_array_equal(read_scan(linear).display(), read_scan(plain).display())
    assert "gamma of 1" in said(read_scan(linear))
    assert "gamma" not in said(read_scan(with_chunk(plain, b"gAMA", struct.pack(">I", 45455))))


def test_orientation_and_resolution(eight):
    exif = Image.Exif()
    exif[0x0112] = 6
    scan = read_scan(png(np.ascontiguousarray(np.rot90(eight, 1)), exif=exif, dpi=(508, 508)))
    np.testing.assert_array_equal(scan.values, eight)
    assert "turned by 90° clockwise" in said(scan)
    assert "508 dpi" in said(scan)
    assert scan.spacing_mm is None


def test_16_bit_colour_is_rounded_like_8_bit_colour(eight):
    colours = np.dstack([eight, eight // 2, 255 - eight])
    wide = cv2.imencode(".png", colours[..., ::-1].astype(np.uint16) * 257)[1].tobytes()
    np.testing.assert_allclose(read_scan(wide).display(), read_scan(png(colours)).display(), atol=0.003)
    assert "Colours are converted to grey" in said(read_scan(wide))


def test_a_view_without_sbit_takes_the_range_that_its_sibling_states(twelve, sixteen):
    bright = read_scan(with_chunk(png(sixteen), b"sBIT", b"\x0c"))
    dim = read_scan(png((twelve * 3).astype(np.uint16)))  # ends at 12,000: alone taken for 14 bits
    np.testing.assert_allclose(dim.display(), dim.values / 16383, atol=1e-6)
    first, second = shared([bright, dim])
    assert first is bright
    np.testing.assert_allclose(second.display(), dim.values / 65535, atol=1e-6)
    assert "By the other images" in second.score_assumptions[0]
    assert len(second.score_assumptions) == 1


def test_a_negative_keeps_its_range(twelve):
    """Its maximum is air, and is in every view."""
    bright = read_scan(png((twelve * 3).astype(np.uint16)))
    negative = read_scan(png((4095 - twelve).astype(np.uint16)))
    assert negative.inverted
    assert shared([bright, negative])[1] is negative
    np.testing.assert_allclose(negative.display(), twelve / 4095, atol=1e-6)
