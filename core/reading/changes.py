"""Small changes of a picture that should not change what is read in it. They act on the model's grid, before its filter. No torch."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from core.imaging.breast import breast_mask
from core.imaging.filters import FILTERS, FilterName

NOISE = 0.02  # standard deviation, of the full range
BLUR = 1.0  # standard deviation in grid pixels
MARGIN = 5  # grid pixels round the breast that are never erased


@dataclass(frozen=True)
class Change:
    """One change: `of` takes and gives a grid, float32 (rows, columns) in [0, 1]; `filter`, where given, stands in for the card's."""

    name: str
    of: Callable[[np.ndarray], np.ndarray]
    filter: FilterName | None = None


def moved(grid: np.ndarray, degrees: float = 0.0, scale: float = 1.0, shift: float = 0.0) -> np.ndarray:
    """Turned and scaled about the middle of the chest wall, then shifted by shares of the grid; black comes in from outside."""
    rows, cols = grid.shape
    warp = cv2.getRotationMatrix2D((0, rows / 2), degrees, scale)
    warp[:, 2] += shift * np.array([cols, rows])
    return cv2.warpAffine(grid, warp, (cols, rows), flags=cv2.INTER_LINEAR)


def exposed(grid: np.ndarray, gamma: float) -> np.ndarray:
    """Brighter below 1, darker above."""
    return grid**gamma


def blurred(grid: np.ndarray) -> np.ndarray:
    """Gaussian of `BLUR` pixels."""
    return cv2.GaussianBlur(grid, (0, 0), BLUR)


def noisy(grid: np.ndarray) -> np.ndarray:
    """Gaussian noise; the same field for every picture, so that two evaluations agree."""
    return np.clip(grid + np.random.default_rng(0).normal(0, NOISE, grid.shape).astype(np.float32), 0, 1)


def coarser(grid: np.ndarray, factor: int) -> np.ndarray:
    """The detail of a grid `factor` times coarser: shrunk by area and enlarged again bilinearly; uint16 or float32, same size."""
    if factor == 1:
        return grid
    rows, cols = grid.shape
    small = cv2.resize(grid, (max(1, cols // factor), max(1, rows // factor)), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (cols, rows), interpolation=cv2.INTER_LINEAR)


def halved(grid: np.ndarray) -> np.ndarray:
    """Half the resolution, and back."""
    return coarser(grid, 2)


def coarse(grid: np.ndarray) -> np.ndarray:
    """256 grey levels."""
    return np.rint(grid * 255).astype(np.float32) / 255


def erased_outside(grid: np.ndarray) -> np.ndarray:
    """Everything outside the breast black: side markers, labels, tape, the edge of the film."""
    inside = breast_mask(grid).astype(np.uint8)
    return grid * cv2.dilate(inside, np.ones((2 * MARGIN + 1, 2 * MARGIN + 1), np.uint8))


def _same(grid: np.ndarray) -> np.ndarray:
    return grid


# What another exposure and another positioning of the same breast would do.
SMALL: tuple[Change, ...] = (
    *(Change(f"turned {a:+g}°", partial(moved, degrees=a)) for a in (-6.0, -3.0, 3.0, 6.0)),
    *(Change(f"scaled {s:g}", partial(moved, scale=s)) for s in (0.94, 1.06)),
    *(Change(f"shifted {d:+.0%}", partial(moved, shift=d)) for d in (-0.03, 0.03)),
    *(Change(f"gamma {g:g}", partial(exposed, gamma=g)) for g in (0.8, 0.9, 1.1, 1.25)),
)
OUTSIDE = "outside erased"
# Larger ones, for the evaluation of a checkpoint.
LARGE: tuple[Change, ...] = (
    *(Change(f"turned {a:+g}°", partial(moved, degrees=a)) for a in (-10.0, 10.0)),
    *(Change(f"gamma {g:g}", partial(exposed, gamma=g)) for g in (0.7, 1.4)),
    Change("blurred", blurred),
    Change("noise", noisy),
    Change("half resolution", halved),
    Change("8 bit", coarse),
    *(Change(f"filter {name}", _same, name) for name in FILTERS),
    Change(OUTSIDE, erased_outside),
)
