"""Modality and VOI transformations as the file states them: DICOM PS3.3 C.11.1 and C.11.2."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from core.errors import ScanError
from core.scans import elements
from core.scans.scan import UNSURE
from core.scans.windows import FUNCTIONS, Function, LookupWindow, Window


@dataclass(frozen=True)
class Table:
    """A lookup table: `entries[0]` (float64) belongs to the value `first`; its ends are held beyond it."""

    first: int
    entries: np.ndarray
    bits: int


def modality_values(ds: Dataset, stored: np.ndarray, assumed: list[str]) -> np.ndarray:
    """Modality LUT or rescale of stored values (H, W); a new array, uint16 where the values fit, else float32."""
    items = ds.get("ModalityLUTSequence") or []
    if items:
        signed = bool(ds.PixelRepresentation)
        table = read_table(items[0], stored_range(ds), signed, assumed, "modality LUT")
        if table is not None:
            index = np.clip(stored.astype(np.int64) - table.first, 0, len(table.entries) - 1)
            return _narrow(table.entries[index])
    slope, intercept = _rescale(ds, assumed)
    if stored.dtype == np.uint16 and (slope, intercept) == (1, 0):
        return stored.copy() if not stored.flags.owndata or not stored.flags.writeable else stored
    if stored.dtype.itemsize <= 2:  # a table of all values is faster than arithmetic on millions of pixels
        low, high = int(stored.min()), int(stored.max())
        levels = _narrow(np.arange(low, high + 1, dtype=np.float64) * slope + intercept)
        return levels[stored.astype(np.int32) - low]
    return _narrow(stored.astype(np.float64) * slope + intercept)


def modality_range(ds: Dataset) -> tuple[float, float]:
    """The least and the greatest modality value that this file's bits can give."""
    items = ds.get("ModalityLUTSequence") or []
    if items:
        bits = elements.numbers(items[0], "LUTDescriptor")
        return 0, 2 ** (int(bits[2]) if len(bits) == 3 else 16) - 1  # C.11.1.1.1: unsigned
    slope, intercept = _rescale(ds, [])
    ends = [x * slope + intercept for x in stored_range(ds)]
    return min(ends), max(ends)


def stored_range(ds: Dataset) -> tuple[int, int]:
    """The least and the greatest stored value."""
    bits = int(ds.BitsStored)
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if ds.PixelRepresentation else (0, 2**bits - 1)


def windows(ds: Dataset, assumed: list[str]) -> tuple[Window | LookupWindow, ...]:
    """VOI transformations in order of preference: LUT sequence, then windows as the file lists them; empty where it holds none."""
    found: list[Window | LookupWindow] = []
    limits = modality_range(ds)
    for item in ds.get("VOILUTSequence") or []:
        table = read_table(item, limits, limits[0] < 0, assumed, "VOI LUT")
        if table is not None:
            found.append(_lookup(table, next(iter(elements.names(item, "LUTExplanation")), ""), assumed))
    centers, widths = elements.numbers(ds, "WindowCenter", assumed), elements.numbers(ds, "WindowWidth", assumed)
    if len(centers) != len(widths):
        assumed.append(f"Window centres: {len(centers)}, window widths: {len(widths)}; only pairs are used{UNSURE}")
    names = elements.names(ds, "WindowCenterWidthExplanation")
    function = _function(ds, assumed)
    for i, (center, width) in enumerate(zip(centers, widths, strict=False)):
        try:
            found.append(Window(center, width, function, names[i] if i < len(names) else ""))
        except ValueError:
            assumed.append(f"A window with the impossible width {width:g} was ignored{UNSURE}")
    return tuple(found)


def read_table(item: Dataset, limits: tuple[float, float], signed: bool, assumed: list[str], name: str) -> Table | None:
    """The table of a LUT sequence item, or None where it holds no entries.

    `limits` are the values that enter it. The first mapped value is signed as they are, whatever its VR says (C.11.1.1, C.11.2.1.1):
    64512 is -1024 where negative values enter, and -25536 is 40000 where none do.
    """
    descriptor = elements.numbers(item, "LUTDescriptor")
    if len(descriptor) != 3 or not 1 <= descriptor[2] <= 16:
        raise ScanError(f"The {name} of the file has no valid descriptor.", "Export it again from the source system.")
    n, first, bits = (int(x) for x in descriptor)
    n = n % 65536 or 65536
    if signed and first > max(32767, limits[1]):
        first -= 65536
    elif not signed and first < 0:
        first += 65536
    words = _words(item)
    if bits <= 8 and n > 1 and len(words) == (n + 1) // 2:  # two 8-bit entries a word
        pairs = [words.astype(order).view(np.uint8)[:n] for order in ("<u2", ">u2")]
        jumps = [np.abs(np.diff(p.astype(np.int64))).sum() for p in pairs]
        words = pairs[int(jumps[1] < jumps[0])].astype(np.uint16)  # the wrong order of bytes zigzags
    if len(words) == 0:
        assumed.append(f"The {name} of the file is empty and was ignored{UNSURE}")
        return None
    if len(words) < n:
        assumed.append(f"The {name} holds {len(words)} of the {n} entries it promises; its last entry is held{UNSURE}")
    return Table(first, words[:n].astype(np.float64), bits)


def _words(item: Dataset) -> np.ndarray:
    """The entries as 16-bit words, in the byte order of the file."""
    data = item.get("LUTData")
    if isinstance(data, bytes):
        order = "<" if item.original_encoding[1] is not False else ">"
        return np.frombuffer(data[: len(data) // 2 * 2], f"{order}u2").astype(np.uint16)
    values: Sequence[int] = () if data is None else [data] if isinstance(data, int) else data
    return (np.asarray(values, np.int64) & 0xFFFF).astype(np.uint16)


def _lookup(table: Table, name: str, assumed: list[str]) -> LookupWindow:
    top = int(table.entries.max())
    white = 2**table.bits - 1
    if top and top.bit_length() != table.bits:
        assumed.append(f"The VOI LUT states {table.bits} bits, its entries reach {top}; this maximum is shown white{UNSURE}")
        white = top
    if table.entries[0] > table.entries[-1]:
        assumed.append(f"The VOI LUT falls: high values are shown dark, as the file states{UNSURE}")
    entries = np.clip(table.entries / white, 0, 1).astype(np.float32)
    entries.setflags(write=False)
    return LookupWindow(table.first, entries, name)


def _function(ds: Dataset, assumed: list[str]) -> Function:
    stated = elements.code(ds, "VOILUTFunction") or "LINEAR"
    function = next((f for f in FUNCTIONS if f == stated), None)
    if function is None:
        assumed.append(f"The file names an unknown window function; LINEAR was used{UNSURE}")
    return function or "LINEAR"


def _rescale(ds: Dataset, assumed: list[str]) -> tuple[float, float]:
    slopes, intercepts = elements.numbers(ds, "RescaleSlope", assumed), elements.numbers(ds, "RescaleIntercept", assumed)
    slope = slopes[0] if slopes else 1.0
    if slope == 0:
        assumed.append(f"The file's Rescale Slope is 0; no rescale was applied{UNSURE}")
        return 1.0, 0.0
    if slope < 0:
        assumed.append(f"The file's Rescale Slope is negative; it was applied{UNSURE}")
    return slope, intercepts[0] if intercepts else 0.0


def _narrow(values: np.ndarray) -> np.ndarray:
    """float64 values as uint16 where they fit, else as float32."""
    if values.min() >= 0 and values.max() <= 65535 and np.array_equal(values, np.rint(values)):
        return values.astype(np.uint16)
    return values.astype(np.float32)
