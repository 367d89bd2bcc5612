"""Outlines on a source image, in its own pixels: regions of evidence from a heatmap, and ellipses that a reader drew."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from core.exams.assessment import Finding
from core.inference.evidence import CONTOUR

SMALLEST = 1e-4  # of the image: smaller patches are the coarse grid's noise
MOST = 8  # regions of one image


@dataclass(frozen=True, eq=False)
class Region:
    """A closed outline on an image.

    Attributes
    ----------
    outline : ndarray, float64, shape (N, 2)
        x and y (column, row) in pixels from the upper left corner of the stored image; the last point is the first
        (PS3.3 C.18.6.1.2). Not those of the image on screen, which may be mirrored or turned.
    peak : float
        Largest share of full colour in the region, in [0, 1].
    pixels : int
        Area.
    spacing_mm : tuple of float or None
        (row, column), see `Scan.spacing_mm`.
    """

    outline: np.ndarray
    peak: float
    pixels: int
    spacing_mm: tuple[float, float] | None

    @property
    def area_mm2(self) -> float | None:
        """Area in the breast plane, an estimate."""
        return self.pixels * self.spacing_mm[0] * self.spacing_mm[1] if self.spacing_mm else None

    @property
    def axes_mm(self) -> tuple[float, float] | None:
        """Longer and shorter side of the smallest rectangle around the outline, an estimate."""
        if self.spacing_mm is None:
            return None
        _, sides, _ = cv2.minAreaRect((self.outline * self.spacing_mm[::-1]).astype(np.float32))
        return float(max(sides)), float(min(sides))


def regions_of(level: np.ndarray, spacing_mm: tuple[float, float] | None) -> list[Region]:
    """Regions at or above `CONTOUR` of the peak of a map in scan geometry, float32 (H, W); the hottest first, none for an empty map."""
    peak = float(level.max())
    if peak <= 0:
        return []
    mask = (level >= CONTOUR * peak).astype(np.uint8)
    found = [Region(*_measured(level, line), spacing_mm) for line in cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]]
    whole = [r for r in found if r.pixels >= max(1, SMALLEST * level.size)] or found
    return sorted(whole, key=lambda r: -r.peak)[:MOST]


def _measured(level: np.ndarray, line: np.ndarray) -> tuple[np.ndarray, float, int]:
    inside = filled(line[:, 0] + 0.5, level.shape)
    points = cv2.approxPolyDP(line, 1.0, closed=True)[:, 0].astype(np.float64) + 0.5  # centre of the pixel, from the image's corner
    return np.vstack([points, points[:1]]), float(level[inside].max()), int(inside.sum())


def filled(outline: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The inside of an outline, its line included, bool (H, W)."""
    out = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(out, [np.floor(outline).astype(np.int32)], 1)
    return out.astype(bool)


def ellipse_points(finding: Finding) -> np.ndarray:
    """Ends of the longer, then of the shorter axis of a reader's ellipse, float64 (4, 2), as DICOM has them (PS3.3 C.18.6.1.2)."""
    horizontal = np.array([[-finding.width / 2, 0.0], [finding.width / 2, 0.0]])
    vertical = np.array([[0.0, -finding.height / 2], [0.0, finding.height / 2]])
    axes = (horizontal, vertical) if finding.width >= finding.height else (vertical, horizontal)
    return np.vstack(axes) + np.array([finding.x, finding.y])


def within(points: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The same points, those outside the image moved to its edge."""
    return np.clip(points, 0, (shape[1], shape[0]))


def of_scan(findings: tuple[Finding, ...], sha256: str) -> Iterator[Finding]:
    """Those that lie on an image, and have a size."""
    return (f for f in findings if sha256.startswith(f.scan) and f.width > 0 and f.height > 0)
