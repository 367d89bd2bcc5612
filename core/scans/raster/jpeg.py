"""JPEG files. Sources: ITU-T T.81, EXIF 2.32, CIPA DC-007 (several images in a file), Adobe TN 5116 (inks)."""

import io
import struct
from contextlib import suppress

import imagecodecs
import numpy as np
from PIL import Image, JpegImagePlugin

from core.errors import ScanError
from core.scans.raster.samples import Samples, check_size, exif

MAGIC = b"\xff\xd8\xff"
MAX_SCANS = 64  # a progressive JPEG has about ten; thousands of tiny ones keep a decoder busy for minutes
_NOT_SOF = {0xC4, 0xC8, 0xCC}  # DHT, JPG and DAC lie among the SOF markers (T.81, table B.1)
_JPEG_LS = 0xF7  # ITU-T T.87, C.1.1
_LOSSLESS = {0xC3, 0xC7, 0xCB, 0xCF}


def read(data: bytes) -> Samples:
    """The first image of a file: a phone's previews and second views behind it are ignored."""
    if data.count(b"\xff\xda") > MAX_SCANS:
        raise ScanError("The JPEG file has an unusual structure.", "Save the image again as PNG.")
    marker, bits, rows, columns = frame(data)
    check_size(columns, rows)
    if marker == _JPEG_LS:
        raise ScanError("This is a JPEG-LS image outside DICOM.", "Export the view as DICOM, 16-bit PNG or TIFF.")
    if bits != 8 or marker in _LOSSLESS:
        return _deep(data, bits)
    with JpegImagePlugin.JpegImageFile(io.BytesIO(data)) as image:
        notes = []
        if image.mode == "CMYK" and "adobe" not in image.info:
            raise ScanError(
                "The JPEG file stores printing inks (CMYK) and does not say whether they are inverted.", "Save the image as 8-bit grey."
            )
        if image.mode == "CMYK":
            notes.append("The JPEG file stores printing inks (CMYK), inverted as Adobe writes them; they are converted to grey.")
        if "mp" in image.info:
            notes.append("Further images in the JPEG file, such as a phone's preview, are ignored.")
        return Samples(
            np.asarray(image if image.mode == "L" else image.convert("RGB")),
            bits=8,
            white=255,
            orientation=exif(image)[0],
            camera=exif(image)[1],
            dpi=max(image.info.get("dpi", (0.0,))),
            synthetic=any("synthetic" in str(key).lower() for key in image.info),
            notes=tuple(notes),
        )


def _deep(data: bytes, bits: int) -> Samples:
    """12-bit and lossless JPEG, which Pillow does not read."""
    if b"\xff\xd9" not in data[-64:]:
        raise ScanError("The JPEG file is cut off.", "Copy it again from its source.")
    tags, at = Image.Exif(), data.find(b"Exif\0\0", 0, 2**16)
    if at > 0:
        with suppress(SyntaxError, ValueError, struct.error):
            tags.load(data[at : at + 2**16])
    values = imagecodecs.jpeg_decode(data)
    if values.ndim == 3 and values.shape[2] != 3:
        raise ScanError("The JPEG file stores printing inks (CMYK).", "Save the image as grey.")
    return Samples(values, bits, white=2**bits - 1 if bits < 16 else None, orientation=int(tags.get(0x0112, 1)))


def frame(data: bytes) -> tuple[int, int, int, int]:
    """Marker, bits a sample, rows and columns of the frame header (T.81, B.2.2); ScanError where there is none."""
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF or marker == 0x01 or 0xD0 <= marker <= 0xD8:  # fill bytes, and markers without a segment
            at += 1 if marker == 0xFF else 2
            continue
        if marker == _JPEG_LS or (0xC0 <= marker <= 0xCF and marker not in _NOT_SOF):
            return marker, data[at + 4], int.from_bytes(data[at + 5 : at + 7], "big"), int.from_bytes(data[at + 7 : at + 9], "big")
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    raise ScanError("The JPEG file is damaged or cut off: it has no frame header.", "Copy it again from its source.")
