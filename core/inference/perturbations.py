"""Small changes of an image that should not change what is read in it. They act on the model's grid, before its filter. No torch."""

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
class Perturbation:
    """One change: `of` takes and gives a grid, float32 (rows, columns) in [0, 1]; `filter`, where given, stands in for the card's."""

    name: str
    of: Callable[[np.ndarray], np.ndarray]
    filter: FilterName | None = None


def shifted(grid: np.ndarray, degrees: float = 0.0, scale: float = 1.0, shift: float = 0.0) -> np.ndarray:
    """Turned and scaled about the middle of the chest wall, then shifted by shares of the grid; black comes in from outside."""
    rows, cols = grid.shape
    warp = np.asarray(cv2.getRotationMatrix2D((0, rows / 2), degrees, scale), np.float64)
    warp[:, 2] += shift * np.array([cols, rows])
    return cv2.warpAffine(grid, warp, (cols, rows), flags=cv2.INTER_LINEAR)


def gamma_changed(grid: np.ndarray, gamma: float) -> np.ndarray:
    """Brighter below 1, darker above."""
    return grid**gamma


def blurred(grid: np.ndarray) -> np.ndarray:
    """Gaussian of `BLUR` pixels."""
    return cv2.GaussianBlur(grid, (0, 0), BLUR)


def with_noise(grid: np.ndarray) -> np.ndarray:
    """Gaussian noise; the same field for every image, so that two evaluations agree."""
    return np.clip(grid + np.random.default_rng(0).normal(0, NOISE, grid.shape).astype(np.float32), 0, 1)


def downsampled(grid: np.ndarray, factor: int) -> np.ndarray:
    """The detail of a grid `factor` times coarser: shrunk by area and enlarged again bilinearly; uint16 or float32, same size."""
    if factor == 1:
        return grid
    rows, cols = grid.shape
    small = cv2.resize(grid, (max(1, cols // factor), max(1, rows // factor)), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (cols, rows), interpolation=cv2.INTER_LINEAR)


def half_resolution(grid: np.ndarray) -> np.ndarray:
    """Half the resolution, and back."""
    return downsampled(grid, 2)


def quantised_8bit(grid: np.ndarray) -> np.ndarray:
    """256 grey levels."""
    return np.rint(grid * 255).astype(np.float32) / 255


def background_erased(grid: np.ndarray) -> np.ndarray:
    """Everything outside the breast black: side markers, labels, tape, the edge of the mammogram."""
    inside = breast_mask(grid).astype(np.uint8)
    return grid * cv2.dilate(inside, np.ones((2 * MARGIN + 1, 2 * MARGIN + 1), np.uint8))


def _same(grid: np.ndarray) -> np.ndarray:
    return grid


# What another exposure and another positioning of the same breast would do.
SMALL: tuple[Perturbation, ...] = (
    *(Perturbation(f"turned {a:+g}°", partial(shifted, degrees=a)) for a in (-6.0, -3.0, 3.0, 6.0)),
    *(Perturbation(f"scaled {s:g}", partial(shifted, scale=s)) for s in (0.94, 1.06)),
    *(Perturbation(f"shifted {d:+.0%}", partial(shifted, shift=d)) for d in (-0.03, 0.03)),
    *(Perturbation(f"gamma {g:g}", partial(gamma_changed, gamma=g)) for g in (0.8, 0.9, 1.1, 1.25)),
)
OUTSIDE = "outside erased"
# Larger ones, for the evaluation of a checkpoint.
LARGE: tuple[Perturbation, ...] = (
    *(Perturbation(f"turned {a:+g}°", partial(shifted, degrees=a)) for a in (-10.0, 10.0)),
    *(Perturbation(f"gamma {g:g}", partial(gamma_changed, gamma=g)) for g in (0.7, 1.4)),
    Perturbation("blurred", blurred),
    Perturbation("noise", with_noise),
    Perturbation("half resolution", half_resolution),
    Perturbation("8 bit", quantised_8bit),
    *(Perturbation(f"filter {name}", _same, name) for name in FILTERS),
    Perturbation(OUTSIDE, background_erased),
)
