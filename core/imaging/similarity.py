"""How like the original a filtered image still is, and how long the filter takes."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.imaging.breast import Box

WINDOW = 11  # pixels; with sigma 1.5 the window of Wang et al.
SIGMA = 1.5
RUNS = 5


@dataclass(frozen=True)
class Similarity:
    """An image compared with its original.

    Attributes
    ----------
    ssim : float or None
        Mean structural similarity, 1 for equal images; None where the image is smaller than the window.
    psnr : float or None
        Peak signal-to-noise ratio in dB, for a peak of 1; None where the images are equal, so that there is no error to divide by.
    """

    ssim: float | None
    psnr: float | None


def similarity(image: np.ndarray, original: np.ndarray) -> Similarity:
    """Compare two float32 images (H, W) in [0, 1] of equal shape.

    SSIM is that of Wang, Bovik, Sheikh and Simoncelli (2004): Gaussian window of 11 × 11 pixels with a
    standard deviation of 1.5, K1 = 0.01, K2 = 0.03, range 1, as scikit-image computes it.
    """
    from skimage.metrics import structural_similarity  # late: it brings scipy, and few pages need it

    ssim = None
    if min(image.shape) >= WINDOW:
        found = structural_similarity(
            original.astype(np.float64),
            image.astype(np.float64),
            data_range=1.0,
            gaussian_weights=True,
            sigma=SIGMA,
            use_sample_covariance=False,
        )
        ssim = float(found)
    error = float(np.mean((image.astype(np.float64) - original) ** 2))
    return Similarity(ssim, -10 * np.log10(error) if error > 0 else None)


@dataclass(frozen=True, eq=False)
class Filtered:
    """An image on the model's grid after a filter.

    Attributes
    ----------
    image : ndarray, float32, shape (rows, columns)
        In [0, 1].
    similarity : Similarity
        To the unfiltered image, without the letterbox, which no filter changes.
    milliseconds : float
        Wall time of the filter alone, the median of `RUNS`.
    """

    image: np.ndarray
    similarity: Similarity
    milliseconds: float


def filtered(grid: np.ndarray, placed: Box, change: Callable[[np.ndarray], np.ndarray]) -> Filtered:
    """Filter a grid, float32 (rows, columns) in [0, 1], whose image lies in `placed`; timed and compared with what it was."""
    took = []
    for _ in range(RUNS):
        start = time.perf_counter()
        image = change(grid)
        took.append(time.perf_counter() - start)
    inside = np.s_[placed.top : placed.bottom, placed.left : placed.right]
    return Filtered(image, similarity(image[inside], grid[inside]), 1000 * float(np.median(took)))
