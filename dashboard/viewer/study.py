"""What the viewer receives of an exam: numbers, text and addresses. Pixels follow by address. Types as in frontend/src/study.ts."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Literal, NotRequired, TypedDict

import numpy as np

from core.imaging.hanging import Ellipse
from core.imaging.orientation import UPRIGHT, Turn
from core.inference.evidence import Evidence
from core.inference.saliency import Saliency
from core.scans import Scan
from core.scans.windows import LookupWindow, Window
from dashboard.cache import predictions
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
    """A heatmap of one class: uint16 at `url`, 65535 = `peak`; full colour at `full`, none without being asked for where `weak`."""

    url: str
    rows: int
    cols: int
    label: str
    sentence: str
    peak: float
    full: float
    weak: bool


class Overlay(TypedDict):
    """The asymmetry of a breast: uint16 at `url`, 32768 = none, and behind the grid its sentence in UTF-8."""

    url: str
    rows: int
    cols: int


class Truth(TypedDict):
    """A closed outline, x and y in turn."""

    name: str
    points: list[float]


class View(TypedDict):
    """One pane's content, turned as it hangs; `breast` is left, top, right, bottom in pixels."""

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
    breast: list[float]
    turned: str | None
    asymmetry: NotRequired[Overlay | None]
    marks: NotRequired[list[list[float]]]


class Prior(TypedDict):
    """The exam before: how long before, and its views."""

    interval: str
    views: list[View]


class Study(TypedDict):
    """All that the viewer shows; `steps` are the ids of all views of the exam, in reading order."""

    key: str
    open: str
    views: list[View]
    heatLabel: str | None
    blind: bool
    hanging: Literal["exam", "row"]
    steps: list[str]
    presenter: bool
    prior: NotRequired[Prior | None]


def describe(
    case: Case,
    ledger: Ledger,
    browser: str,
    score: str | None,
    evidence: dict[str, Evidence],
    marks: Sequence[Ellipse] = (),
) -> View:
    """One view for the viewer, turned as it hangs.

    `marks` are the reader's ellipses, (x, y, width, height) in pixels of the scan; `evidence` is by label. While the read is independent,
    `score` is None and `evidence` empty, so nothing of the model is returned.
    """
    scan = case.scan
    hanging = predictions.hanging(scan)
    turn = hanging.turn
    rows, cols = turn.shape(scan.shape)
    b = hanging.breast
    return {
        "id": case.key[:ID],
        "short": case.key[:8],
        "label": scan.label,
        "side": scan.laterality,
        "view": scan.view,
        "rows": rows,
        "cols": cols,
        "kind": scan.values.dtype.name,
        "bits": scan.bits,
        "spacing": list(turn.spacing(scan.spacing_mm)) if scan.spacing_mm else None,
        "presets": [preset(w, text.DEFAULT_WINDOW if n == 1 else f"Window {n}") for n, w in enumerate(scan.windows, 1)],
        "unit": 1,
        "inverted": scan.inverted,
        "synthetic": scan.synthetic,
        "url": ledger.address(browser, case.key, "mammogram", "", partial(scan_bytes, scan, turn)),
        "heats": [heat(e, ledger, browser, turn) for e in evidence.values()],
        "truth": [{"name": o.name, "points": hanging.outline(o.points)} for o in case.truth or ()],
        "score": score,
        "breast": [b.left, b.top, b.right, b.bottom],
        "turned": text.turned(turn),
        "marks": [list(hanging.ellipse(m)) for m in marks],
    }


def heat(evidence: Evidence, ledger: Ledger, browser: str, turn: Turn = UPRIGHT, grid: str = "") -> HeatMap:
    """A map for the viewer: over the scan, turned; or, where `grid` names the image that lies there, over the model's grid."""
    saliency = evidence.saliency
    rows, cols = shrunk(saliency.geometry.grid if grid else turn.shape(saliency.geometry.shape), HEAT)
    what = f"{grid}/{saliency.checkpoint}/{saliency.label}/{saliency.peak:.9g}/{turn}"
    make = partial(grid_heat_bytes, saliency) if grid else partial(heat_bytes, saliency, turn)
    return {
        "url": ledger.address(browser, saliency.scan_sha256, "heat", what, make),
        "rows": rows,
        "cols": cols,
        "label": saliency.label,
        "sentence": text.heat(saliency.method, saliency.label, evidence.measured) if evidence.full else text.NO_EVIDENCE,
        "peak": saliency.peak if evidence.full else 0.0,
        "full": evidence.full,
        "weak": evidence.weak,
    }


def scan_bytes(scan: Scan, turn: Turn = UPRIGHT) -> bytes:
    """All modality values of the turned scan, row by row, little-endian."""
    return turn.apply(scan.values.astype(scan.values.dtype.newbyteorder("<"), copy=False)).tobytes()


def heat_bytes(saliency: Saliency, turn: Turn = UPRIGHT) -> bytes:
    """The map over its own peak, turned, at a reduced size, uint16, row by row, little-endian."""
    relative = replace(saliency).relative()  # of a copy: the full-size map must not stay with the entry
    return turn.apply(heat_grid(relative, saliency.geometry.inside_scan())).tobytes()


def grid_heat_bytes(saliency: Saliency) -> bytes:
    """As `heat_bytes`, on the model's grid; zero where nothing speaks for the label."""
    return heat_grid(saliency.on_grid() / (saliency.peak or 1), saliency.geometry.inside_grid()).tobytes()


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
