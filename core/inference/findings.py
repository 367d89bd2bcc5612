"""Findings: the spots of a heatmap as a list, with place, size and share of the evidence. They mark evidence, not lesions. No torch."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from core.inference.evidence import CONTOUR, Evidence
from core.inference.saliency import Saliency

MOST = 5  # findings of an image
DEPTHS = ("posterior", "middle", "anterior")  # from the chest wall to the nipple
HEIGHTS = ("top", "middle", "bottom")


@dataclass(frozen=True)
class Finding:
    """A spot of the heatmap above half of full colour.

    Attributes
    ----------
    row, column : float
        Its peak, in scan pixels.
    height, depth : str
        Third of the breast that the peak lies in: of the image from top to bottom, and from the chest wall to the nipple.
    size_mm : (float, float) or None
        Rows and columns of its bounding box in millimetres of the scan's stated spacing.
    share : float
        Of all positive evidence in the breast.
    peak : float
        Share of full colour; above 1 where the map is hotter than nearly all of the validation images'.
    """

    row: float
    column: float
    height: str
    depth: str
    size_mm: tuple[float, float] | None
    share: float
    peak: float


def findings(evidence: Evidence, spacing_mm: tuple[float, float] | None) -> tuple[Finding, ...]:
    """The findings of an image, the largest share first, at most `MOST`.

    None where the evidence is not drawn, or where the scale was not measured on validation images.
    """
    if not evidence.drawn or not evidence.measured:
        return ()
    return spots(evidence.saliency, evidence.full, spacing_mm)


def spots(saliency: Saliency, full: float, spacing_mm: tuple[float, float] | None = None) -> tuple[Finding, ...]:
    """The same of a map whose value in full colour is `full`, whatever the decision."""
    grid, geometry = saliency.on_grid(), saliency.geometry
    total = float(grid.sum())
    count, labels, boxes, _ = cv2.connectedComponentsWithStats((grid >= CONTOUR * full).astype(np.uint8), connectivity=8)
    if total <= 0 or count < 2:
        return ()
    covered = geometry.spacing(spacing_mm)
    rows, columns = (np.flatnonzero(geometry.inside_grid().any(axis)) for axis in (1, 0))
    found = []
    for label in range(1, count):
        spot = np.where(labels == label, grid, 0)
        row, column = (int(v) for v in np.unravel_index(int(spot.argmax()), spot.shape))
        width, height = boxes[label, cv2.CC_STAT_WIDTH], boxes[label, cv2.CC_STAT_HEIGHT]
        found.append(
            Finding(
                *geometry.point_to_scan(float(row), float(column)),
                height=_third(row, rows, HEIGHTS),
                depth=_third(column, columns, DEPTHS),
                size_mm=(float(height * covered[0]), float(width * covered[1])) if covered else None,
                share=float(spot.sum()) / total,
                peak=float(spot.max()) / full,
            )
        )
    return tuple(sorted(found, key=lambda f: -f.share)[:MOST])


def _third(position: int, inside: np.ndarray, names: Sequence[str]) -> str:
    """The third of a range that a position lies in; the grid has the chest wall on the left."""
    share = (position - inside[0]) / max(1, inside[-1] - inside[0])
    return names[min(2, max(0, int(3 * share)))]
