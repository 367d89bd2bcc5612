"""Random changes of a training grid: one affine warp, one gamma, and what the seed systems did besides."""

import cv2
import numpy as np

from core.training.recipe import Augment


def augment(
    grid: np.ndarray, limits: Augment, rng: np.random.Generator, strength: float = 1.0, pivot: tuple[float, float] | None = None
) -> np.ndarray:
    """A changed copy, float32 in [0, 1] (rows, columns), of a grid, uint16 (rows, columns) with the chest wall at the left.

    Rotation and scale turn about the middle of the chest wall, so that it stays at its border, or about `pivot`
    (column, row); `strength` multiplies them, shift and gamma. By default no mirror images: the grid has one orientation, and an
    upside-down breast does not exist.
    """
    grid = _mirrored(grid, limits, rng)
    rows, cols = grid.shape
    angle, scale = strength * rng.uniform(-limits.rotation, limits.rotation), 1 + strength * rng.uniform(-limits.scale, limits.scale)
    warp = cv2.getRotationMatrix2D(pivot or (0, rows / 2), angle, scale)
    warp[:, 2] += strength * rng.uniform(-limits.shift, limits.shift, 2) * np.array((cols, rows))
    # A 16-bit warp costs half of a float one; quantisation is far below the noise.
    image = cv2.warpAffine(grid, warp, (cols, rows), flags=cv2.INTER_LINEAR).astype(np.float32) / 65535
    if limits.gamma:
        image **= np.float32((1 + limits.gamma) ** (strength * rng.uniform(-1, 1)))
    if limits.noise:
        image += rng.standard_normal(image.shape, dtype=np.float32) * np.float32(limits.noise)
    for _ in range(rng.integers(limits.erase + 1) if limits.erase else 0):
        height, width = rng.uniform(0.05, 0.25, 2) * (rows, cols)
        top, left = rng.uniform(0, 1, 2) * (rows - height, cols - width)
        image[int(top) : int(top + height), int(left) : int(left + width)] = 0
    return np.clip(image, 0, 1, out=image)


def _mirrored(grid: np.ndarray, limits: Augment, rng: np.random.Generator) -> np.ndarray:
    if limits.mirror and rng.random() < 0.5:
        grid = grid[:, ::-1]
    if limits.upside_down and rng.random() < 0.5:
        grid = grid[::-1]
    if limits.quarter_turns and (turns := int(rng.integers(4))):
        grid = cv2.resize(np.ascontiguousarray(np.rot90(grid, turns)), grid.shape[::-1], interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(grid)
