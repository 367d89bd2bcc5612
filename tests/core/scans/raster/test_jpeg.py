"""JPEG: EXIF 2.32 orientation, inks, previews, 12 bits and lossless."""

import io

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from core.errors import ScanError
from core.scans import read_scan
from core.scans.raster.samples import upright


def jpeg(image, kind="JPEG", **options):
    out = io.BytesIO()
    image.save(out, kind, quality=98, **options)
    return out.getvalue()


def said(scan):
    return " ".join((*scan.assumptions, *scan.warnings))


# EXIF 2.32, tag 0112: where row 0 and column 0 of what is stored lie in what is seen.
PLACES = {
    1: ("top", "left"),
    2: ("top", "right"),
    3: ("bottom", "right"),
    4: ("bottom", "left"),
    5: ("left", "top"),
    6: ("right", "top"),
    7: ("right", "bottom"),
    8: ("left", "bottom"),
}


@pytest.mark.parametrize("orientation", PLACES)
def test_rows_and_columns_lie_where_the_tag_says(orientation):
    stored = np.zeros((3, 2), int)
    stored[0] += 1  # row 0
    stored[:, 0] += 2  # column 0
    seen = upright(stored, orientation)
    sides = {"top": seen[0], "bottom": seen[-1], "left": seen[:, 0], "right": seen[:, -1]}
    row, column = PLACES[orientation]
    assert (sides[row] % 2 == 1).all()
    assert (sides[column] >= 2).all()


@pytest.mark.parametrize("orientation", range(2, 9))
def test_orientation_is_applied_and_said(eight, orientation):
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    data = jpeg(Image.fromarray(eight), exif=exif)
    scan = read_scan(data)
    np.testing.assert_array_equal(scan.values, np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data)))))
    assert ("mirrored" in said(scan)) == (orientation in (2, 4, 5, 7))
    assert ("turned" in said(scan)) == (orientation in (3, 5, 6, 7, 8))


def test_damaged_exif_and_unknown_orientations_do_not_stop_the_pixels(eight):
    for exif in (b"Exif\0\0garbage", b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x63\0\0\0\0\0\0\0"):
        scan = read_scan(jpeg(Image.fromarray(eight), exif=exif))
        assert scan.shape == eight.shape
        assert "orientation" not in said(scan)


def test_a_camera_is_warned_of(eight):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x829D] = 1.8
    assert "camera" in " ".join(read_scan(jpeg(Image.fromarray(eight), exif=exif)).warnings)
    assert read_scan(jpeg(Image.fromarray(eight))).warnings == ()


def test_inks_of_adobe_are_inverted_others_declined(eight):
    zero = Image.new("L", eight.shape[::-1])
    inks = Image.merge("CMYK", (zero, zero, zero, Image.fromarray(255 - eight)))
    data = jpeg(inks)  # Pillow writes Adobe's marker and inverts
    scan = read_scan(data)
    np.testing.assert_allclose(scan.values, eight, atol=12)
    assert not scan.inverted
    assert "CMYK" in said(scan)
    at = data.index(b"\xff\xee")
    length = 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    with pytest.raises(ScanError, match="CMYK"):
        read_scan(data[:at] + data[at + length :])


def test_a_preview_behind_the_image_is_passed_over(eight):
    image = Image.fromarray(eight)
    data = jpeg(image, "MPO", save_all=True, append_images=[image.resize((30, 40))])
    scan = read_scan(data)
    assert scan.shape == eight.shape
    assert "preview" in said(scan)


@pytest.mark.parametrize("options", [{"bitspersample": 12, "level": 99}, {"lossless": True, "bitspersample": 12}])
def test_12_bits(twelve, options):
    scan = read_scan(imagecodecs.jpeg_encode(twelve, **options))
    np.testing.assert_allclose(scan.display(), twelve / 4095, atol=0.02 if "level" in options else 1e-6)
    assert scan.bits == 12


def test_orientation_of_12_bits(twelve):
    exif = Image.Exif()
    exif[0x0112] = 6
    segment = exif.tobytes()
    data = imagecodecs.jpeg_encode(np.ascontiguousarray(np.rot90(twelve, 1)), lossless=True, bitspersample=12)
    scan = read_scan(data[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + data[2:])
    np.testing.assert_array_equal(scan.values, twelve)
    assert "turned by 90° clockwise" in said(scan)


def test_lossless_16_bits(sixteen):
    np.testing.assert_array_equal(read_scan(imagecodecs.jpeg_encode(sixteen, lossless=True, bitspersample=16)).values, sixteen)


def test_equal_channels_are_grey(eight):
    scan = read_scan(jpeg(Image.fromarray(eight).convert("RGB"), subsampling=0))
    assert scan.colour_fraction == 0
    np.testing.assert_allclose(scan.values, eight, atol=6)


def test_a_tint_is_said(eight):
    sepia = np.dstack([eight, eight * 0.97, eight * 0.94]).astype(np.uint8)
    scan = read_scan(jpeg(Image.fromarray(sepia), subsampling=0))
    assert scan.colour_fraction == 0
    assert "A tint is converted to grey" in said(scan)
    assert "tint" not in said(read_scan(jpeg(Image.fromarray(eight).convert("RGB"))))


def test_a_frame_larger_than_the_limit_is_refused_before_decoding(eight):
    data = bytearray(imagecodecs.jpeg_encode(eight.astype(np.uint16) << 4, bitspersample=12))
    at = data.index(b"\xff\xc1")
    data[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    with pytest.raises(ScanError, match="65535 × 65535"):
        read_scan(bytes(data))


def test_jpeg_ls_is_named(sixteen):
    with pytest.raises(ScanError, match="JPEG-LS"):
        read_scan(imagecodecs.jpegls_encode(sixteen))
