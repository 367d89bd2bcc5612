"""The compared preprocessing filters. They act on the grid the model sees, after the resize."""

from typing import Literal, get_args

import cv2
import numpy as np

FilterName = Literal["none", "gaussian", "mean", "laplacian", "clahe"]
FILTERS: tuple[FilterName, ...] = get_args(FilterName)

# The three kernels of the density seed system, as published there.
KERNELS: dict[str, np.ndarray] = {
    "gaussian": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], np.float32) / 16,
    "mean": np.ones((3, 3), np.float32) / 9,
    "laplacian": np.array([[-1, -1, -1], [-1, 9, -1], [-1, -1, -1]], np.float32),
}
for _kernel in KERNELS.values():
    _kernel.setflags(write=False)

CLAHE_CLIP_LIMIT = 2.0
CLAHE_TILES = (8, 8)


def apply_filter(image: np.ndarray, name: FilterName) -> np.ndarray:
    """Filter a float32 image (H, W) in [0, 1]; returns a new float32 array in [0, 1].

    Each kernel sums to 1; only the Laplacian overshoots and is clipped. Borders repeat the outermost
    pixels, so that a flat image stays flat up to its edge. CLAHE (Zuiderveld 1994) works on 16 bits.
    """
    if name == "none":
        return image.copy()
    if name == "clahe":
        clahe = cv2.createCLAHE(CLAHE_CLIP_LIMIT, CLAHE_TILES)
        levels = np.rint(image * 65535).astype(np.uint16)
        return clahe.apply(levels).astype(np.float32) / 65535
    # filter2D correlates; the kernels are symmetric, so that is a convolution.
    out = cv2.filter2D(image, cv2.CV_32F, KERNELS[name], borderType=cv2.BORDER_REPLICATE)
    return np.clip(out, 0.0, 1.0, out=out)
