"""PNG, JPEG, TIFF and PGM files. More than 8 bits are kept."""

import io
import re

import numpy as np
from PIL import Image

from core.errors import ScanError
from core.files import sha256_bytes
from core.scans.polarity import looks_inverted
from core.scans.scan import Scan, pixel_sha256
from core.scans.stamp import has_synthetic_stamp
from core.scans.windows import Window

MAX_PIXELS = 100_000_000
MAX_JPEG_SCANS = 64  # a progressive JPEG has about ten; thousands of tiny ones keep a decoder busy for minutes
COLOUR_STEP = 24  # of 255 between the channels of a pixel before it counts as coloured; JPEG makes up to about 10
_MAGIC = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"II*\0": "TIFF", b"MM\0*": "TIFF", b"P5": "PGM", b"P2": "PGM"}
_PGM_HEADER = re.compile(rb"P[25](?:\s|#[^\n]*\n)+(\d{1,6})(?:\s|#[^\n]*\n)+(\d{1,6})(?:\s|#[^\n]*\n)+(\d{1,6})(?:#[^\n]*)?\s")


def _format(data: bytes) -> str | None:
    return next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)


def looks_like(data: bytes) -> bool:
    """True where the first bytes are those of a format read here."""
    return _format(data) is not None


def read(data: bytes) -> Scan:
    """Read a picture file; see `core.scans.read.read_scan`."""
    kind = _format(data)
    values, bits, colour, tagged = _pgm(data) if kind == "PGM" else _pillow(data, kind)
    assumed = [f"{kind} without a mammography header: side, view and pixel size are unknown."]
    if values.dtype == np.uint16:
        top = 2**bits - 1
        used = int(values.max()).bit_length()
        if bits == 16 and 8 < used < 16:
            # Exports of 12-bit detectors in 16-bit files would be almost black over the full range.
            top = 2**used - 1
            assumed.append(f"The 16-bit file uses {used} bits; brightness is scaled to those.")
        window = Window(top / 2, top, "LINEAR_EXACT", "full range")
    else:
        low, high = float(values.min()), float(values.max())
        window = Window((low + high) / 2, max(high - low, 1e-6), "LINEAR_EXACT", "full range")
        assumed.append("Decimal grey values; brightness is scaled from the lowest to the highest.")
    if colour > 0:
        assumed.append("Colours were turned into grey.")
    display = window.apply(values)
    inverted = looks_inverted(display)
    if inverted:
        assumed.append("The picture looked like a negative (bright background) and was inverted.")
    return Scan(
        values=values,
        windows=(window,),
        inverted=inverted,
        sha256=sha256_bytes(data),
        pixel_sha256=pixel_sha256(values),
        source_format=kind,
        bits=bits,
        synthetic=tagged or has_synthetic_stamp(1 - display if inverted else display),
        colour_fraction=colour,
        assumptions=tuple(assumed),
    )


def _pgm(data: bytes) -> tuple[np.ndarray, int, float, bool]:
    header = _PGM_HEADER.match(data)
    if not header:
        raise ScanError("The PGM header is damaged.", "Export the picture again.")
    w, h, top = (int(x) for x in header.groups())
    _check_size(w, h)
    if not 0 < top < 65536:
        raise ScanError(f"The PGM file names {top} as its brightest value; at most 65535 is possible.", "Export the picture again.")
    if data[:2] == b"P5":
        kind = np.dtype(">u2") if top > 255 else np.dtype("u1")
        if len(data) - header.end() < w * h * kind.itemsize:
            raise ScanError("The PGM file is cut off.", "Copy it again from its source.")
        values = np.frombuffer(data, kind, w * h, header.end())
    else:
        numbers = re.sub(rb"#[^\n]*", b"", data[header.end() :]).split()
        if len(numbers) < w * h:
            raise ScanError("The PGM file is cut off.", "Copy it again from its source.")
        values = np.array(numbers[: w * h], dtype=np.int64)
    if values.size and (values.max() > top or values.min() < 0):
        raise ScanError("The PGM file holds values beyond its own maximum.", "Export the picture again.")
    bits = top.bit_length()
    return values.astype(np.uint16).reshape(h, w), bits, 0.0, b"SYNTHETIC" in data[: header.end()]


def _pillow(data: bytes, kind: str) -> tuple[np.ndarray, int, float, bool]:
    if kind == "JPEG" and data.count(b"\xff\xda") > MAX_JPEG_SCANS:
        raise ScanError("The JPEG file has an unusual structure.", "Save the picture again as PNG.")
    with Image.open(io.BytesIO(data), formats=[kind]) as picture:
        _check_size(*picture.size)
        if getattr(picture, "n_frames", 1) > 1:
            raise ScanError("The file holds several pictures.", "Save each view as a file of its own.")
        tagged = any("synthetic" in str(k).lower() for k in picture.info)
        array, bits, colour = _grey(picture)
    return array, bits, colour, tagged


def _grey(picture: Image.Image) -> tuple[np.ndarray, int, float]:
    """Grey values as uint16 or float32, the bits they fill, and the share of clearly coloured pixels."""
    if picture.mode.startswith("I;16") or picture.mode == "I":
        values = np.asarray(picture)
        if values.min() < 0 or values.max() > 65535:
            raise ScanError("The picture holds more than 16 bits.", "Save it with 16 bits or fewer.")
        return values.astype(np.uint16), 16, 0.0
    if picture.mode == "F":
        return np.asarray(picture, np.float32).copy(), 32, 0.0
    if picture.mode in ("L", "LA", "1"):
        return np.asarray(picture.convert("L")).astype(np.uint16), 8, 0.0
    rgb = np.asarray(picture.convert("RGB"))
    small = rgb[:: max(1, rgb.shape[0] // 512), :: max(1, rgb.shape[1] // 512)].astype(np.int16)
    colour = float((np.ptp(small, axis=2) > COLOUR_STEP).mean())
    return np.asarray(picture.convert("RGB").convert("L")).astype(np.uint16), 8, colour


def _check_size(w: int, h: int) -> None:
    if w < 1 or h < 1 or w * h > MAX_PIXELS:
        raise ScanError(
            f"The picture has {w} × {h} pixels; at most {MAX_PIXELS // 10**6} million are read.", "Upload one view at its own size."
        )
