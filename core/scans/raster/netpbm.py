"""PGM and PPM files, binary and plain. Source: netpbm's pgm(5) and ppm(5)."""

import re

import numpy as np

from core.errors import ScanError
from core.scans.raster.samples import Samples, check_size

_AFTER = (b" ", b"\t", b"\n", b"\r", b"#")  # what may follow the magic number; a text may begin with P2, too
PGM = tuple(magic + after for magic in (b"P2", b"P5") for after in _AFTER)
PPM = tuple(magic + after for magic in (b"P3", b"P6") for after in _AFTER)
# Between the numbers of a header stand white space and comments; a comment ends with its line.
_GAP = rb"(?:\s|#[^\r\n]*[\r\n])+"
_HEADER = re.compile(rb"P[2356]" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,9})(?:#[^\r\n]*)?(\s)")


def read(data: bytes) -> Samples:
    """The first image of a file: white is its maximum value, whatever that is (1 to 65535)."""
    kind = "PGM" if data[1:2] in b"25" else "PPM"
    header = _HEADER.match(data)
    if not header:
        raise ScanError(f"The {kind} header is damaged.", "Export the image again.")
    width, height, white = (int(x) for x in header.groups()[:3])
    check_size(width, height)
    if not 0 < white < 65536:
        raise ScanError(f"The {kind} file gives {white} as its maximum value; 1 to 65535 is possible.", "Export the image again.")
    shape = (height, width) if kind == "PGM" else (height, width, 3)
    count = int(np.prod(shape))
    values, end = _plain(data, header.end(), count) if data[1:2] in b"23" else _binary(data, header, count, white)
    if values.size < count:
        raise ScanError(f"The {kind} file is cut off: {values.size} of {count} values are there.", "Copy it again from its source.")
    if values.max() > white or values.min() < 0:
        raise ScanError(f"The {kind} file holds values beyond its own maximum of {white}.", "Export the image again.")
    more = (f"The {kind} file holds more than one image; the first is read.",) if data[end : end + 16].lstrip()[:3] in PGM + PPM else ()
    return Samples(
        values.astype(np.uint16).reshape(shape),
        bits=white.bit_length(),
        white=white,
        inverted=None,
        synthetic=b"SYNTHETIC" in data[: header.end()],
        notes=more,
    )


def _binary(data: bytes, header: re.Match[bytes], count: int, white: int) -> tuple[np.ndarray, int]:
    """Values (big-endian two bytes where the maximum is above 255), and where they end."""
    kind, start = np.dtype(">u2") if white > 255 else np.dtype("u1"), header.end()
    size = count * kind.itemsize
    # One white space ends the header. A file whose lines end with CR LF has two, and is one byte longer.
    if header.group(4) == b"\r" and data[start : start + 1] == b"\n" and len(data) > start + size:
        start += 1
    whole = min(count, max(0, len(data) - start) // kind.itemsize)
    return np.frombuffer(data, kind, whole, start), start + size


def _plain(data: bytes, start: int, count: int) -> tuple[np.ndarray, int]:
    """Decimal numbers between white space; comments may stand among them."""
    text = re.sub(rb"#[^\r\n]*", b"", data[start:])
    try:
        values = np.fromstring(text, np.int64, sep=" ")[:count]
    except ValueError as e:
        raise ScanError("The plain PGM or PPM file holds something that is no number.", "Export the image again.") from e
    return values, len(data)
