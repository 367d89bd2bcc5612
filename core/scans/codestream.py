"""The compressed image itself: its size, its bits, and where it ends. JPEG and JPEG-LS (ITU-T T.81, T.87), JPEG 2000 (ISO/IEC 15444-1)."""

import math
import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from core.errors import ScanError

JPEG2000 = b"\xff\x4f\xff\x51"  # SOC and SIZ
_NOT_SIZE = {0xC4, 0xC8, 0xCC}  # DHT, JPG and DAC lie among the SOF markers (T.81, table B.1)
_JPEG_LS = 0xF7
_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a segment: TEM, RSTn and SOI
_SOS, _EOI = 0xDA, 0xD9
# A marker among entropy-coded bytes: there 0xFF is followed by 0 (T.81, B.1.1.5) or a bit 0 (T.87, 9.1); RSTn belongs to them.
_BEHIND_SCAN = re.compile(rb"\xff+[\x80-\xcf\xd8-\xfe]")
_SOT, _SOD, _EOC = b"\xff\x90", b"\xff\x93", b"\xff\xd9"  # EOC is EOI


class Size(NamedTuple):
    """What a codestream says of itself."""

    rows: int
    columns: int
    bits: int


def size(stream: bytes) -> Size:
    """Size and bits of the image: SIZ (15444-1, A.5.1) or SOF (T.81, B.2.2); ScanError where neither is there."""
    found = _jpeg2000_size(stream) if stream[:4] == JPEG2000 else _jpeg_size(stream)
    if found is None:
        raise ScanError("The compressed image in the file is damaged.", "Export it again from the source system.")
    return found


def whole(stream: bytes, assumed: list[str]) -> bytes:
    """The codestream up to its end marker, added where it alone is missing. What lies behind it is ignored; `assumed` says both.

    Some decoders fill the missing part of a cut-off image with rubbish and report no error, so the end is looked for here.

    Raises
    ------
    ScanError
        If the image ends before its end marker (a JPEG 2000 image: before its last tile-part).
    """
    end = _jpeg2000_end(stream) if stream[:4] == JPEG2000 else _jpeg_end(stream)
    if end is None:
        raise ScanError("The compressed image in the file is cut off.", "Copy it again from its source.")
    if stream[end:].strip(b"\0\xff"):  # else it is padding
        assumed.append(f"{len(stream) - end} bytes after the end of the compressed image were ignored.")
    if stream[end - 2 : end] == _EOC:
        return stream[:end]
    assumed.append("The compressed image lacks its end marker; all of its parts are there.")
    return stream[:end] + _EOC


def _jpeg2000_size(stream: bytes) -> Size | None:
    if len(stream) < 43:
        return None
    x1, y1, x0, y0 = struct.unpack(">4I", stream[8:24])
    return Size(y1 - y0, x1 - x0, (stream[42] & 0x7F) + 1)


def _jpeg_size(stream: bytes) -> Size | None:
    for marker, at in _segments(stream):
        if (marker == _JPEG_LS or (0xC0 <= marker <= 0xCF and marker not in _NOT_SIZE)) and at + 9 <= len(stream):
            rows, columns = struct.unpack(">2H", stream[at + 5 : at + 9])
            return Size(rows, columns, stream[at + 4])
    return None


def _jpeg_end(stream: bytes) -> int | None:
    """Where the image ends (T.81, B.2.1), or None where its end marker is missing."""
    return next((at + 2 for marker, at in _segments(stream) if marker == _EOI), None)


def _segments(stream: bytes) -> Iterator[tuple[int, int]]:
    """The markers behind the first and where they stand, over the entropy-coded bytes of scans (T.81, B.1.1; 15444-1, A.3 alike)."""
    at = 2
    while at + 1 < len(stream) and stream[at] == 0xFF:
        marker = stream[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        yield marker, at
        at += 2 if marker in _ALONE else 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
        if marker == _SOS:
            found = _BEHIND_SCAN.search(stream, at)
            if found is None:
                return
            at = found.end() - 2


def _jpeg2000_end(stream: bytes) -> int | None:
    """Where the last tile-part or the end marker behind it ends (15444-1, A.4), or None where a tile-part is missing or incomplete."""
    at, tiles = next((at for marker, at in _segments(stream) if marker == _SOT[1]), None), set()
    while at is not None and stream[at : at + 2] == _SOT and at + 12 <= len(stream):
        tiles.add(stream[at + 4 : at + 6])
        length = int.from_bytes(stream[at + 6 : at + 10], "big")
        if length == 0:  # the last tile-part: it reaches to the end marker, whose bytes its packets cannot hold
            data = stream.find(_SOD, at)
            end = stream.find(_EOC, data) if data > 0 else -1
            return end + 2 if end > 0 else None
        if length < 14 or at + length > len(stream):
            return None
        at += length
    if at is None or len(tiles) < _tiles(stream):
        return None
    if stream[at : at + 2] == _EOC:
        return at + 2
    return None if stream[at:].strip(b"\0") else at  # neither a tile-part nor the end


def _tiles(stream: bytes) -> int:
    """How many tiles the image has (15444-1, B.3)."""
    x1, y1, _, _, width, height, x0, y0 = struct.unpack(">8I", stream[8:40])
    return math.ceil((x1 - x0) / max(1, width)) * math.ceil((y1 - y0) / max(1, height))
