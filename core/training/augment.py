"""Random changes of a training grid: one affine warp, one gamma, optional noise."""

import cv2
import numpy as np

from core.training.recipe import Augment


def augment(grid: np.ndarray, how: Augment, rng: np.random.Generator) -> np.ndarray:
    """A changed copy, float32 in [0, 1] (rows, columns), of a grid, uint16 (rows, columns) with the chest wall at the left.

    Rotation and scale turn about the middle of the chest wall, so that it stays at its border. No mirror
    images: the grid has one orientation, and an upside-down breast does not exist.
    """
    rows, cols = grid.shape
    angle, scale = rng.uniform(-how.rotation, how.rotation), 1 + rng.uniform(-how.scale, how.scale)
    warp = cv2.getRotationMatrix2D((0, rows / 2), angle, scale)
    warp[:, 2] += rng.uniform(-how.shift, how.shift, 2) * (cols, rows)
    # A 16-bit warp costs half of a float one; quantisation is far below the noise.
    image = cv2.warpAffine(grid, warp, (cols, rows), flags=cv2.INTER_LINEAR).astype(np.float32) / 65535
    if how.gamma:
        image **= np.float32((1 + how.gamma) ** rng.uniform(-1, 1))
    if how.noise:
        image += rng.standard_normal(image.shape, dtype=np.float32) * np.float32(how.noise)
    return np.clip(image, 0, 1, out=image)
