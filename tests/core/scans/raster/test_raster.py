"""All image files: bits are saved, and every bad file gives one ScanError."""

import contextlib
import io

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from core.errors import ScanError
from core.scans import read_scan


def encoded(array, kind, **options):
    out = io.BytesIO()
    Image.fromarray(array).save(out, kind, **options)
    return out.getvalue()


@pytest.fixture
def sixteen():
    rng = np.random.default_rng(1)
    values = np.sort(rng.integers(0, 65536, 200 * 150)).reshape(200, 150)
    values[-1, -1] = 65535
    return values.astype(np.uint16)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_exact(sixteen, kind):
    scan = read_scan(encoded(sixteen, kind))
    assert (scan.bits, scan.source_format) == (16, kind)
    np.testing.assert_array_equal(scan.values, sixteen)


def test_jpeg_and_colour():
    grey = np.tile(np.linspace(0, 200, 160).astype(np.uint8), (200, 1))
    scan = read_scan(encoded(grey, "JPEG", quality=95))
    assert np.abs(scan.values.astype(int) - grey).max() < 6
    assert scan.colour_fraction == 0
    red = np.zeros((200, 160, 3), np.uint8)
    red[..., 0] = 200
    assert read_scan(encoded(red, "PNG")).colour_fraction == 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_cut_off_files_are_refused(kind):
    noise = np.random.default_rng(0).integers(0, 256, (200, 160)).astype(np.uint8)
    data = encoded(noise, kind)
    with pytest.raises(ScanError):
        read_scan(data[: len(data) // 2])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"P5\n10 10\n255\n123",
        b"P5\n99999 99999\n255\n",
        b"P5\n10 10\n70000\n" + bytes(200),
        b"P2 2 2 15 1 2 3 99",
        b"P5\n0 0\n255\n",
        b"\x89PNG\r\n\x1a\n" + bytes(50),
        b"\xff\xd8\xff" + b"\xff\xda" * 500,
        bytes(128) + b"DICM" + bytes(40),
        b"GIF89a" + bytes(30),
    ],
)
def test_rubbish_gives_one_error_with_a_remedy(data):
    with pytest.raises(ScanError) as caught:
        read_scan(data)
    assert caught.value.remedy.endswith(".")


def test_flipped_bytes_never_leak_another_exception(make_dicom):
    rng = np.random.default_rng(2)
    noise = rng.integers(0, 256, (64, 64)).astype(np.uint8)
    wide = noise.astype(np.uint16) << 4
    originals = [make_dicom(), encoded(noise, "PNG"), encoded(noise, "JPEG"), encoded(noise, "TIFF"), b"P5 64 64 255\n" + noise.tobytes()]
    originals += [imagecodecs.png_encode(np.dstack([wide] * 3)), imagecodecs.jpeg_encode(wide, bitspersample=12)]
    for original in originals:
        for _ in range(60):
            data = bytearray(original)
            for at in rng.integers(0, min(len(data), 1500), 4):
                data[at] = rng.integers(256)
            with contextlib.suppress(ScanError):
                read_scan(bytes(data))
