"""What the viewer receives of one view under several filters: a pane a filter, all on the model's grid."""

from functools import partial

import numpy as np

from core.imaging.input import Geometry
from core.models.card import Card
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.cache.pixels import Ledger
from dashboard.filters.variants import Variant
from dashboard.phrases import viewer as text
from dashboard.session import worklist
from dashboard.session.worklist import Case
from dashboard.viewer.study import ID, HeatMap, Study, Truth, View, ends_preset, heat

FULL = 65535  # the stored value that stands for a brightness of 1
SQUARE = 0.01  # rows and columns whose spacings differ by no more than this share give one ruler
TAILS = (1, 99.5)  # percentiles between which an image's own window lies


def describe_row(case: Case, card: Card, geometry: Geometry, variants: list[Variant], ledger: Ledger, browser: str) -> Study:
    """A view's variants for the viewer, in the order given; `geometry` is from the scan to the model's grid.

    While the read is open the variants hold no prediction, so nothing of the model is returned.
    """
    truth: list[Truth] = [{"name": o.name, "points": _on_grid(o.points, geometry)} for o in case.truth or ()]
    rows, cols = geometry.grid
    views: list[View] = [
        {
            "id": v.title,
            "short": "",
            "label": v.title,
            "side": "L" if card.input.orientation == "chest-left" else None,  # on the grid the chest wall is at the left
            "view": None,
            "rows": rows,
            "cols": cols,
            "kind": "uint16",
            "bits": 16,
            "spacing": spacing(geometry, case.scan.spacing_mm),
            "presets": [ends_preset(text.SAME_WINDOW, 0, FULL), ends_preset(text.OWN_WINDOW, *own_range(v.filtered.image, geometry))],
            "unit": 1 / FULL,
            "inverted": False,
            "synthetic": case.scan.synthetic,
            "url": ledger.address(browser, case.key, "mammogram", f"{card.name}/{v.name}", partial(stored, v.filtered.image)),
            "heats": _heats(v, card, ledger, browser),
            "truth": truth,
            "score": _score(v),
            "breast": [0, 0, cols, rows],
            "turned": None,
        }
        for v in variants
    ]
    return {
        "key": f"{case.key[:ID]}/{card.name}",
        "open": next(v.title for v in variants if v.trained),
        "views": views,
        "heatLabel": card.label_space.positive,
        "blind": variants[0].prediction is None,
        "hanging": "row",
        "steps": [v.title for v in variants],
        "presenter": worklist.settings().presenter,
    }


def _score(variant: Variant) -> str | None:
    if variant.prediction is None:
        return None
    return phrases.decimal(variant.prediction.score, variant.prediction.threshold)


def _heats(variant: Variant, card: Card, ledger: Ledger, browser: str) -> list[HeatMap]:
    if variant.prediction is None:
        return []
    found = checkpoints.evidence(card, variant.prediction, variant.maps).values()
    maps = [heat(e, ledger, browser, grid=variant.name) for e in found]
    for one in maps:
        one["sentence"] = f"{variant.title}: {one['sentence']}"  # of several panes it must be said whose map that is
    return maps


def stored(image: np.ndarray) -> bytes:
    """An image in [0, 1], float32 (rows, columns), as uint16 of `FULL`, row by row, little-endian."""
    return np.rint(image * FULL).astype("<u2").tobytes()


def own_range(image: np.ndarray, geometry: Geometry) -> tuple[float, float]:
    """Ends of a window, in stored values, that shows what an image holds: black and letterbox do not count."""
    p = geometry.placed
    inside = image[p.top : p.bottom, p.left : p.right]
    lit = inside[inside > 0]
    if lit.size == 0:
        return 0.0, float(FULL)
    low, high = (float(v) * FULL for v in np.percentile(lit, TAILS))
    return (low, high) if high - low >= 1 else (0.0, float(FULL))


def spacing(geometry: Geometry, spacing_mm: tuple[float, float] | None) -> list[float] | None:
    """Millimetres a grid pixel, where they are known and the same down and across; a stretched grid has no one ruler."""
    found = geometry.spacing(spacing_mm)
    return list(found) if found and abs(found[0] - found[1]) <= SQUARE * max(found) else None


def _on_grid(points: tuple[float, ...], geometry: Geometry) -> list[float]:
    """An outline from the scan to the grid; both count x and y in turn from the image's corner."""
    at = (geometry.point_to_grid(y - 0.5, x - 0.5) for x, y in np.reshape(points, (-1, 2)))
    return [round(float(v) + 0.5, 2) for row, col in at for v in (col, row)]
