"""What the viewer receives of an exam: numbers, text and addresses. Pixels follow by address. Types as in frontend/src/study.ts."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Literal, NotRequired, TypedDict

import numpy as np

from core.inference.saliency import Saliency, joint_scale
from core.scans import Scan
from core.scans.windows import LookupWindow, Window
from dashboard.cache.pixels import Ledger
from dashboard.images.render import HEAT, heat_grid, shrunk
from dashboard.phrases import viewer as text
from dashboard.session.worklist import Case

ID = 16  # digits of a scan's sha256 by which the viewer names a view
_SIGMOID_REACH = 1.5  # widths to each side of the centre; beyond, the curve is within 0.3 % of black and white


class Preset(TypedDict):
    """A window: black at `lower`, white at `upper`, along `curve` (0 to 1, evenly spaced) where one is given."""

    name: str
    lower: float
    upper: float
    curve: list[float] | None


class HeatMap(TypedDict):
    """A heatmap of one class: uint16 at `url`, 65535 = `peak`; `joint` is the largest peak of the views shown together."""

    url: str
    rows: int
    cols: int
    label: str
    sentence: str
    peak: float
    joint: float


class Truth(TypedDict):
    """A closed outline, x and y in turn."""

    name: str
    points: list[float]


class View(TypedDict):
    """One pane's content."""

    id: str
    short: str
    label: str
    side: str | None
    view: str | None
    rows: int
    cols: int
    kind: str
    bits: int
    spacing: list[float] | None
    presets: list[Preset]
    unit: float
    inverted: bool
    synthetic: bool
    url: str
    heats: list[HeatMap]
    truth: list[Truth]
    score: str | None
    marks: NotRequired[list[list[float]]]


class Prior(TypedDict):
    """The exam before: how long before, and its views."""

    interval: str
    views: list[View]


class Study(TypedDict):
    """All that the viewer shows."""

    key: str
    open: str
    views: list[View]
    heatLabel: str | None
    blind: bool
    hanging: Literal["exam", "row"]
    prior: NotRequired[Prior | None]


def describe(
    case: Case,
    ledger: Ledger,
    browser: str,
    score: str | None,
    maps: dict[str, Saliency],
    joint: dict[str, float],
    marks: Sequence[Sequence[float]] = (),
) -> View:
    """One view for the viewer.

    `marks` are the reader's ellipses, (x, y, width, height) in pixels; `maps` is label → Saliency, and `joint` label → the scale shared by
    the views shown together. While the read is independent, `score` is None and `maps` empty, so nothing of the model is returned.
    """
    scan = case.scan
    return {
        "id": case.key[:ID],
        "short": case.key[:8],
        "label": scan.label,
        "side": scan.laterality,
        "view": scan.view,
        "rows": scan.shape[0],
        "cols": scan.shape[1],
        "kind": scan.values.dtype.name,
        "bits": scan.bits,
        "spacing": list(scan.spacing_mm) if scan.spacing_mm else None,
        "presets": [preset(w, text.DEFAULT_WINDOW if n == 1 else f"Window {n}") for n, w in enumerate(scan.windows, 1)],
        "unit": 1,
        "inverted": scan.inverted,
        "synthetic": scan.synthetic,
        "url": ledger.address(browser, case.key, "mammogram", "", partial(scan_bytes, scan)),
        "heats": [heat(m, label, ledger, browser, joint[label]) for label, m in maps.items()],
        "truth": [{"name": o.name, "points": list(o.points)} for o in case.truth or ()],
        "score": score,
        "marks": [list(m) for m in marks],
    }


def heat(saliency: Saliency, label: str, ledger: Ledger, browser: str, joint: float, grid: str = "") -> HeatMap:
    """A map for the viewer: over the scan, or, where `grid` names the image that lies there, over the model's grid."""
    rows, cols = shrunk(saliency.geometry.grid if grid else saliency.geometry.shape, HEAT)
    what = f"{grid}/{saliency.checkpoint}/{label}/{saliency.peak:.9g}"
    address = ledger.address(browser, saliency.scan_sha256, "heat", what, partial(grid_heat_bytes if grid else heat_bytes, saliency))
    peak = saliency.peak if saliency.peak > 0 else 0.0  # also where it is not a number
    sentence = f"{saliency.method}, {label}" if peak else text.NO_EVIDENCE
    return {"url": address, "rows": rows, "cols": cols, "label": label, "sentence": sentence, "peak": peak, "joint": joint}


def joint_scales(views: list[dict[str, Saliency]]) -> dict[str, float]:
    """label → largest peak among the views."""
    return {label: joint_scale([maps[label] for maps in views if label in maps]) for maps in views for label in maps}


def scan_bytes(scan: Scan) -> bytes:
    """All modality values, row by row, little-endian."""
    return scan.values.astype(scan.values.dtype.newbyteorder("<"), copy=False).tobytes()


def heat_bytes(saliency: Saliency) -> bytes:
    """The map over its own peak at a reduced size, uint16, row by row, little-endian."""
    return heat_grid(replace(saliency).relative()).tobytes()  # a copy: the full-size map must not stay with the entry


def grid_heat_bytes(saliency: Saliency) -> bytes:
    """As `heat_bytes`, on the model's grid; zero where nothing speaks for the label."""
    return heat_grid(replace(saliency).on_grid() / (saliency.peak or 1)).tobytes()


def preset(window: Window | LookupWindow, name: str) -> Preset:
    """A window as the viewer takes it: its ends in modality values, and the curve between them where it is not even."""
    name = window.name or name
    if isinstance(window, LookupWindow):
        first, last = window.first, window.first + len(window.table) - 1
        at = np.linspace(first, last, min(257, max(2, len(window.table))))
        return ends_preset(name, first, last, window.apply(np.rint(at)))
    if window.function == "SIGMOID":
        reach = _SIGMOID_REACH * window.width
        lower, upper = window.center - reach, window.center + reach
        return ends_preset(name, lower, upper, window.apply(np.linspace(lower, upper, 97, dtype=np.float32)))
    half = window.width / 2 if window.function == "LINEAR_EXACT" else max((window.width - 1) / 2, 0.5)
    middle = window.center if window.function == "LINEAR_EXACT" else window.center - 0.5  # PS3.3 C.11.2.1.2
    return ends_preset(name, middle - half, middle + half)


def ends_preset(name: str, lower: float, upper: float, curve: np.ndarray | None = None) -> Preset:
    """A window from black at `lower` to white at `upper`, along `curve` (0 to 1, evenly spaced) where one is given."""
    levels = None if curve is None else [round(float(v), 5) for v in curve]
    return {"name": name, "lower": float(lower), "upper": float(upper), "curve": levels}
