"""The DICOM file around an image: preamble, meta header, transfer syntax, and the frame in the pixel data."""

import io
import re
import zlib
from collections.abc import Iterator

import pydicom
from pydicom import uid
from pydicom.dataset import Dataset

from core.errors import ScanError

MAX_INFLATED = 256 * 2**20
NATIVE = {uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian, uid.DeflatedExplicitVRLittleEndian}
_DEFLATED = uid.DeflatedExplicitVRLittleEndian.encode()
_ITEM = b"\xfe\xff\x00\xe0"
_DELIMITER = b"\xfe\xff\xdd\xe0" + bytes(4)  # of the sequence of fragments (PS3.5 A.4)
_UNDEFINED = re.compile(rb"\xe0\x7f\x10\x00(?:O[BW]\0\0)?\xff\xff\xff\xff(?=\xfe\xff\x00\xe0)")  # Pixel Data of undefined length
# The first element of a data set that has no meta header: group 0002 or 0008, explicit VR or a short implicit length.
_BARE = re.compile(rb"(?:\x02|\x08)\0..(?:[A-Z]{2}|.\0\0\0)|\0\x08\0.[A-Z]{2}", re.DOTALL)


def looks_like(data: bytes) -> bool:
    """True for a DICOM file (PS3.10, 7.1: 128 bytes, then DICM), and for one that lacks its preamble or its meta header."""
    return data[128:132] == b"DICM" or data[:4] == b"DICM" or _BARE.match(data) is not None


def parse(data: bytes, assumed: list[str]) -> tuple[Dataset, uid.UID]:
    """The data set of a file and its transfer syntax; sentences about what was missing are added to `assumed`.

    Raises
    ------
    ScanError
        If the file is cut off, inflates without bound, or is no DICOM data set.
    """
    if data[:4] == b"DICM":
        data = bytes(128) + data
    whole = data[128:132] == b"DICM"
    _check_inflated(data)
    ds = _read(data, whole)
    if "PixelData" not in ds and _UNDEFINED.search(data):
        # pydicom reads nothing of a file whose pixel data lack their closing delimiter; the fragments are there all the same.
        ds = _read(data + _DELIMITER, whole)
        assumed.append("The pixel data are not closed by a delimiter; their fragments were read to the end.")
    if len(ds) == 0:
        raise ScanError("The DICOM file holds no data set, or is cut off.", "Copy it again from its source.")
    stated = ds.file_meta.get("TransferSyntaxUID") if hasattr(ds, "file_meta") else None
    syntax = uid.UID(str(stated or "").strip("\0 "))
    if not syntax:
        implicit, little = ds.original_encoding
        syntax = uid.ImplicitVRLittleEndian if implicit else uid.ExplicitVRLittleEndian if little else uid.ExplicitVRBigEndian
        if _UNDEFINED.search(data):
            raise ScanError(
                "The file does not name its transfer syntax (0002,0010), and its pixel data are compressed.", "Export it as DICOM Part 10."
            )
        assumed.append(f"The file does not name its transfer syntax; {syntax.name} was recognised.")
    elif not whole:
        assumed.append("The file lacks the DICOM preamble; it was read without.")
    return ds, syntax


def _read(data: bytes, whole: bool) -> Dataset:
    try:
        return pydicom.dcmread(io.BytesIO(data), force=not whole)
    except EOFError as e:
        raise ScanError("The DICOM file is cut off.", "Copy it again from its source.") from e


def frame(pixel_data: bytes) -> bytes:
    """The bitstream of a single frame: its fragments joined, whatever the offset table says (PS3.5 A.4).

    Raises
    ------
    ScanError
        If a fragment ends before its stated length.
    """
    parts = list(_items(pixel_data))[1:]  # the first item is the basic offset table
    if not parts:
        raise ScanError("The compressed pixel data hold no fragment.", "Export the view again from the source system.")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _items(data: bytes) -> Iterator[bytes]:
    at = 0
    while data[at : at + 4] == _ITEM:
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + length > len(data):
            raise ScanError("The compressed image in the file is cut off.", "Copy it again from its source.")
        yield data[at + 8 : at + 8 + length]
        at += 8 + length


def _check_inflated(data: bytes) -> None:
    """Refuse a deflated dataset that grows without bound, before pydicom inflates it in one go."""
    if data[132:138] != b"\x02\x00\x00\x00UL":
        return
    start = 144 + int.from_bytes(data[140:144], "little")
    if _DEFLATED not in data[144:start]:
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    if len(inflater.decompress(data[start:], MAX_INFLATED)) >= MAX_INFLATED:
        raise ScanError(
            f"The compressed file grows beyond {MAX_INFLATED // 2**20} MB.", "Export the view without the Deflated transfer syntax."
        )
