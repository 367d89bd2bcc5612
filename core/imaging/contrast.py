"""How far a lesion of known place stands out from the tissue round it."""

from dataclasses import dataclass

import cv2
import numpy as np

from core.imaging.breast import breast_mask
from core.imaging.input import Geometry

RING = 1.0  # width of the ring, in radii of a disc of the lesion's area
MIN_RING_WIDTH = 3  # pixels; a thinner ring is mostly the lesion's own edge
MIN_PIXELS = 12  # pixels of lesion and of ring; below, mean and spread mean nothing


@dataclass(frozen=True, eq=False)
class Region:
    """A lesion and the tissue round it on the model's grid, two masks, bool (rows, columns), without a common pixel."""

    lesion: np.ndarray
    ring: np.ndarray


def region(grid: np.ndarray, geometry: Geometry, outline: tuple[float, ...], others: tuple[tuple[float, ...], ...] = ()) -> Region | None:
    """The lesion inside an outline, and the breast tissue in a ring round it, outside all `others`.

    An outline is a closed line in scan pixels, x and y in turn, counted from the image's corner. `grid` is the
    unfiltered image, float32 (rows, columns) in [0, 1]: where the breast is must not hang on the filter.
    Returns None where lesion or ring has fewer than `MIN_PIXELS` pixels on this grid.
    """
    lesion = _inside(outline, geometry)
    if lesion.sum() < MIN_PIXELS:
        return None
    width = max(MIN_RING_WIDTH, round(RING * float(np.sqrt(lesion.sum() / np.pi))))
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1))
    ring = cv2.dilate(lesion.astype(np.uint8), disk).astype(bool) & ~lesion & breast_mask(grid)
    for other in others:
        ring &= ~_inside(other, geometry)
    return Region(lesion, ring) if ring.sum() >= MIN_PIXELS else None


def contrast_to_noise(image: np.ndarray, where: Region) -> float | None:
    """CNR = (mean in the lesion − mean in the ring) / standard deviation in the ring, of an image (rows, columns).

    The definition of Bushberg, Seibert, Leidholdt and Boone, The Essential Physics of Medical Imaging (3rd
    ed., 2012, ch. 4), signed: below 0 the lesion is darker than what surrounds it. The standard deviation (over n,
    not n − 1) holds the texture of the breast as well as noise of the detector; an image alone cannot part them.
    None where the ring is flat.
    """
    inside, ring = image[where.lesion].astype(np.float64), image[where.ring].astype(np.float64)
    noise = ring.std()
    return float((inside.mean() - ring.mean()) / noise) if noise > 1e-9 else None


def _inside(outline: tuple[float, ...], geometry: Geometry) -> np.ndarray:
    """Mask of the grid pixels whose centres lie inside an outline."""
    from skimage.draw import polygon  # late, as in core.imaging.similarity; OpenCV's would add half a pixel all round

    points = np.reshape(outline, (-1, 2))
    at = np.array([geometry.point_to_grid(y - 0.5, x - 0.5) for x, y in points])
    mask = np.zeros(geometry.grid, bool)
    mask[polygon(at[:, 0], at[:, 1], geometry.grid)] = True
    return mask
