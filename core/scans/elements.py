"""Elements of a data set as files really write them: numbers with decimal commas, texts in any character set, functional groups."""

import contextlib
import math

from pydicom import charset
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset

from core.errors import ScanError

_DEFAULTS = {"SamplesPerPixel": 1, "PixelRepresentation": 0}


def text(ds: Dataset, keyword: str) -> str:
    """A single-valued text, without blank and NUL padding; empty where it is absent or unreadable."""
    value = None
    with contextlib.suppress(Exception):
        value = ds.get(keyword)
    return "" if value is None else str(value).strip("\0 ")


def code(ds: Dataset, keyword: str) -> str:
    """A code string in capitals."""
    return text(ds, keyword).upper()


def codes(ds: Dataset, keyword: str) -> tuple[str, ...]:
    """The values of a code string, in capitals and trimmed, empty ones included."""
    value = ds.get(keyword)
    if value is None:
        return ()
    return tuple(str(x).strip("\0 ").upper() for x in ([value] if isinstance(value, str) else value))


def numbers(ds: Dataset, keyword: str, assumed: list[str] | None = None) -> list[float]:
    """The finite values of a numeric element; empty where it is absent. What cannot be read as a number is said in `assumed`."""
    raw = _raw(ds, keyword) if dictionary_VR(keyword) in ("DS", "IS") else None
    if raw is not None and b"," in raw:
        values = [x.strip(b"\0 ").replace(b",", b".") for x in raw.split(b"\\")]
        if assumed is not None:
            assumed.append(f"{_name(keyword)} is written with a decimal comma; it was read as a decimal point.")
    else:
        try:
            value = ds.get(keyword)
        except Exception:  # pydicom converts on access
            value = "?"
        values = (
            [] if value is None or value == "" else list(value) if hasattr(value, "__iter__") and not isinstance(value, str) else [value]
        )
    out = []
    for x in values:
        try:
            number = float(x)
        except (TypeError, ValueError):
            number = math.nan
        if math.isfinite(number):
            out.append(number)
        elif assumed is not None and x not in ("", b"", None):
            assumed.append(f"{_name(keyword)} holds a value that is no number; it was ignored.")
    return out


def names(ds: Dataset, keyword: str) -> list[str]:
    """The values of a free text, decoded before they are split: a byte 5C may be half a character (PS3.5 6.1.2.3)."""
    raw = _raw(ds, keyword)
    if raw is not None:
        encodings = charset.convert_encodings(ds.get("SpecificCharacterSet", "") or "")
        with contextlib.suppress(Exception):
            return [x.strip("\0 ") for x in charset.decode_bytes(raw, encodings, set()).split("\\")]
    value = ds.get(keyword)
    return [] if not value else [value.strip()] if isinstance(value, str) else [str(x).strip() for x in value]


def integer(ds: Dataset, keyword: str) -> int | None:
    """A whole number, or None where it is absent or is none."""
    found = numbers(ds, keyword)
    return int(found[0]) if found and found[0] == int(found[0]) else None


def lift_functional_groups(ds: Dataset) -> None:
    """Put what the functional groups of a single frame say where other objects say it (PS3.3 C.7.6.16.2): one road for all below."""
    for group in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for frame in (ds.get(group) or [])[:1]:
            for macro in frame:
                if macro.VR == "SQ" and not macro.tag.is_private:
                    for item in (macro.value or [])[:1]:
                        for element in item:
                            if not element.tag.is_private and not element.is_empty:
                                ds[element.tag] = element


def complete(ds: Dataset, assumed: list[str]) -> None:
    """Fill in what the image pixel module (PS3.3 C.7.6.3) lacks and can be known or stated; write whole numbers.

    Raises
    ------
    ScanError
        Where the header contradicts itself, or what is missing cannot be known.
    """
    for keyword in ("Rows", "Columns"):
        if integer(ds, keyword) is None:
            raise ScanError(f"The file does not state its {keyword}.", "Export it again from the source system.")
    for keyword, value in _DEFAULTS.items():
        if integer(ds, keyword) is None:
            assumed.append(f"The file does not state its {_name(keyword)}; {value} was assumed.")
            setattr(ds, keyword, value)
    if "NumberOfFrames" in ds and integer(ds, "NumberOfFrames") != 1:
        assumed.append("The file does not state a valid number of frames; one was assumed.")
    allocated = integer(ds, "BitsAllocated")
    if allocated is None:
        raise ScanError("The file does not state its Bits Allocated.", "Export it again from the source system.")
    if allocated not in (8, 16, 32):
        raise ScanError(f"The image has {allocated} bits allocated a pixel; 8, 16 and 32 are read.", "Export it with 16 bits.")
    stored, high = integer(ds, "BitsStored"), integer(ds, "HighBit")
    if stored is None:
        stored = allocated if high is None else high + 1
        assumed.append(f"The file does not state its Bits Stored; {stored} was assumed.")
    if high is None:
        high = stored - 1
    if not 1 <= stored <= allocated or not stored - 1 <= high < allocated:
        raise ScanError(
            f"The header contradicts itself: {stored} bits stored of {allocated} allocated, high bit {high}.",
            "Export it again from the source system.",
        )
    if high != stored - 1:
        assumed.append(f"The high bit is {high}, not {stored - 1}; samples that lie higher are shifted down.")
    ds.BitsStored, ds.HighBit = stored, high


def _raw(ds: Dataset, keyword: str) -> bytes | None:
    tag = tag_for_keyword(keyword)
    element: DataElement | RawDataElement | None = ds.get_item(tag) if tag is not None and tag in ds else None
    return element.value if isinstance(element, RawDataElement) and isinstance(element.value, bytes) else None


def _name(keyword: str) -> str:
    return "".join(f" {c}" if c.isupper() else c for c in keyword).strip()
