"""The compared preprocessing filters. They act on the grid the model sees, after the resize."""

from typing import Literal, get_args

import cv2
import numpy as np

from core.errors import FilterError

FilterName = Literal["none", "gaussian", "mean", "laplacian", "clahe"]
FILTERS: tuple[FilterName, ...] = get_args(FilterName)

# The three kernels of the density seed system, as published there.
KERNELS: dict[str, np.ndarray] = {
    "gaussian": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], np.float32) / 16,
    "mean": np.ones((3, 3), np.float32) / 9,
    "laplacian": np.array([[-1, -1, -1], [-1, 9, -1], [-1, -1, -1]], np.float32),
}
# Where a kernel of one's own starts: the published three, no change, and the usual ones for edges (Sobel 1968, Prewitt 1970).
PRESETS: dict[str, np.ndarray] = {
    "identity": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]], np.float32),
    **KERNELS,
    "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], np.float32),
    "sobel across": np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32),
    "sobel down": np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]], np.float32),
    "prewitt across": np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]], np.float32),
    "edges": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], np.float32),
}
for _kernel in PRESETS.values():
    _kernel.setflags(write=False)

CLAHE_CLIP_LIMIT = 2.0
CLAHE_TILES = (8, 8)
LARGEST = 1e6  # of a kernel's entries: sums of far larger ones overflow in 32 bits, and would leave holes in the image


def apply_filter(image: np.ndarray, name: FilterName) -> np.ndarray:
    """Filter a float32 image (H, W) in [0, 1]; returns a new float32 array in [0, 1].

    Each kernel sums to 1; only the Laplacian overshoots and is clipped. Borders repeat the outermost
    pixels, so that a flat image stays flat up to its edge. CLAHE (Zuiderveld 1994) works on 16 bits.
    """
    if name == "none":
        return image.copy()
    if name == "clahe":
        return clahe(image)
    return _laid_over(image, KERNELS[name])


def clahe(image: np.ndarray, clip_limit: float = CLAHE_CLIP_LIMIT, tiles: tuple[int, int] = CLAHE_TILES) -> np.ndarray:
    """CLAHE of a float32 image (H, W) in [0, 1] on 16 bits; `tiles` counts columns, then rows. A new float32 array in [0, 1]."""
    levels = np.rint(image * 65535).astype(np.uint16)
    return cv2.createCLAHE(clip_limit, tiles).apply(levels).astype(np.float32) / 65535


def clip_floor(shape: tuple[int, int], tiles: tuple[int, int] = CLAHE_TILES) -> float:
    """Below this clip limit CLAHE gives one and the same image on a grid of `shape` (rows, columns).

    OpenCV counts the limit in whole pixels for each of the 65,536 levels, at least one; a small tile has
    fewer pixels than there are levels, so that any usual limit means one.
    """
    tile = -(-shape[1] // tiles[0]) * -(-shape[0] // tiles[1])
    return 2 * 65536 / tile


def checked_kernel(kernel: np.ndarray, normalise: bool = False) -> np.ndarray:
    """A kernel of one's own as float32 (3, 3), divided by its sum on request, where the sum is not 0.

    Raises
    ------
    FilterError
        If it is not 3 × 3, if an entry is missing, not finite or above `LARGEST` in size, or if all are 0.
    """
    kernel = np.asarray(kernel, np.float64)
    if kernel.shape != (3, 3):
        raise FilterError("The kernel is not 3 × 3.", "Give nine numbers, three in a row.")
    if not np.isfinite(kernel).all():
        raise FilterError("An entry of the kernel is empty or no finite number.", "Fill all nine with numbers.")
    if np.abs(kernel).max() > LARGEST:
        raise FilterError("An entry of the kernel is larger than a million.", "Take smaller numbers; brightness ends at 1.")
    if not kernel.any():
        raise FilterError("All entries of the kernel are 0: every image would become black.", "Set at least one that is not 0.")
    if normalise and not sums_to_zero(kernel):
        kernel = kernel / kernel.sum()
    return kernel.astype(np.float32)


def sums_to_zero(kernel: np.ndarray) -> bool:
    """Whether a kernel's sum is 0 up to rounding, as that of every edge kernel: nothing to divide by, and flat areas become black."""
    kernel = np.asarray(kernel, np.float64)
    return bool(abs(kernel.sum()) <= 1e-6 * np.abs(kernel).sum())


def apply_kernel(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Lay a 3 × 3 kernel of one's own over a float32 image (H, W) in [0, 1]; returns a new float32 array in [0, 1].

    The kernel lies as it is written, its middle on the pixel (correlation, not turned by 180°); it is not
    normalised here. Values outside [0, 1] are clipped; borders repeat the outermost pixels.

    Raises
    ------
    FilterError
        As `checked_kernel`.
    """
    return _laid_over(image, checked_kernel(kernel))


def _laid_over(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    # filter2D correlates; the published kernels are symmetric, so for them that is a convolution.
    out = cv2.filter2D(image, cv2.CV_32F, kernel, borderType=cv2.BORDER_REPLICATE)
    return np.clip(out, 0.0, 1.0, out=out)
