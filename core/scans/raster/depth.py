"""Which value of an image file is full brightness, where the file does not say."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from core.scans.raster.samples import Samples
from core.scans.scan import UNSURE, Scan
from core.scans.windows import Window

STATED, ESTIMATED = "full range", "estimated range"  # names of the windows
DEPTHS = (8, 10, 12, 14)  # bits of detectors and digitisers that are found in 16-bit files
# Two views of one exam differ by less in their brightest value; a larger step means another source.
LARGEST_STEP = 4.1
_RUNS = "brightness runs"


def window(values: np.ndarray, samples: Samples) -> tuple[Window, tuple[str, ...]]:
    """From grey values, uint16 or float32 (H, W), to brightness, and the assumption behind it where there is one."""
    if samples.white is not None:
        return _window(samples.black, samples.white, STATED), ()
    low, high = float(values.min()), float(values.max())
    if values.dtype == np.uint16 or (high - low <= 65535 and np.array_equal(values, np.rint(values))):
        return _whole_numbers(values, min(low, 0.0), high, samples.bits)  # signed values run from their lowest, which is air
    if low >= 0 and 1 / LARGEST_STEP < high <= 1:
        return _window(0, 1, ESTIMATED), (f"Decimal grey values: {_RUNS} from 0 to 1{UNSURE}",)
    return _window(low, high, ESTIMATED), (f"The file does not state its range: {_RUNS} from the lowest to the highest value{UNSURE}",)


def _whole_numbers(values: np.ndarray, low: float, high: float, stored: int) -> tuple[Window, tuple[str, ...]]:
    """By the fewest bits of `DEPTHS` that hold the values, of a file that stores `stored` bits."""
    used = int(high - low).bit_length()
    full = used > max(DEPTHS) or (used > 12 and low == 0 and _stretched(values))
    bits = 16 if full else next(d for d in DEPTHS if d >= used)
    white = low + 2**bits - 1
    said = f"The {stored}-bit file does not state its depth: {bits} bits fit, so {_RUNS} from {low:g} to {white:g}{UNSURE}"
    return _window(low, white, ESTIMATED), (said,) if used < 16 else ()


class Extent(NamedTuple):
    """The range of one image, and what it has in common with its siblings: format, size and dtype."""

    kind: tuple[str, tuple[int, int], str]
    low: float
    high: float


def extent(scan: Scan) -> Extent | None:
    """What an image says to its siblings; nothing where it is a negative, whose maximum is air and is in every view."""
    first = scan.windows[0]
    if scan.inverted or not isinstance(first, Window):
        return None
    return Extent((scan.source_format, scan.shape, scan.values.dtype.str), first.center - first.width / 2, first.center + first.width / 2)


def estimated(scan: Scan) -> bool:
    """Whether the range of an image was estimated and may follow its siblings."""
    return scan.windows[0].name == ESTIMATED and not scan.inverted


def widened(scan: Scan, siblings: Iterable[Extent | None]) -> Scan:
    """An image with an estimated range, with that of its siblings where it is wider.

    One view of an exam may end below the others, and would be shown too bright by its own maximum. A range that is more than four
    times as wide is another source's.
    """
    own = extent(scan)
    if own is None or not estimated(scan):
        return scan
    limit = LARGEST_STEP * (own.high - own.low)
    near = [own, *(s for s in siblings if s is not None and s.kind == own.kind and s.high - s.low <= limit)]
    low, high = min(s.low for s in near), max(s.high for s in near)
    if (low, high) == (own.low, own.high):
        return scan
    said = f"By the other images opened with this one, {_RUNS} from {low:g} to {high:g}{UNSURE}"
    rest = tuple(a for a in scan.assumptions if _RUNS not in a)
    return replace(scan, windows=(_window(low, high, ESTIMATED),), assumptions=(said, *rest))


def shared(scans: Sequence[Scan]) -> list[Scan]:
    """The images of one upload, in the order given, each with the range of its siblings."""
    extents = [extent(s) for s in scans]
    return [widened(s, extents) for s in scans]


def _window(low: float, high: float, name: str) -> Window:
    return Window((low + high) / 2, max(high - low, 1e-6), "LINEAR_EXACT", name)


def _stretched(values: np.ndarray) -> bool:
    """True where the values were scaled up from fewer bits: most steps between those that occur are 4 or more."""
    steps = np.diff(np.flatnonzero(np.bincount(values.ravel())))
    return steps.size > 0 and float(np.median(steps)) >= 4
