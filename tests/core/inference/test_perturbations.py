"""Changes keep shape and range, and do what their names say."""

import cv2
import numpy as np
import pytest

from core.inference.perturbations import LARGE, OUTSIDE, SMALL, background_erased, downsampled, half_resolution, quantised_8bit, shifted


@pytest.fixture
def grid(scan_of):
    return (scan_of().display()[::4, ::4]).astype(np.float32)


@pytest.mark.parametrize("change", [*SMALL, *LARGE], ids=lambda c: c.name)
def test_shape_range_and_repetition(change, grid):
    before = grid.copy()
    out = change.of(grid)
    assert out.shape == grid.shape
    assert 0 <= out.min() <= out.max() <= 1
    assert (change.of(grid) == out).all()
    assert (grid == before).all()


def test_names_are_unique():
    assert len({c.name for c in (*SMALL, *LARGE)}) == len(SMALL) + len(LARGE)


def test_what_they_do(grid):
    assert len(np.unique(quantised_8bit(np.linspace(0, 1, 10_000, dtype=np.float32)[None]))) == 256
    checks = np.indices((8, 8)).sum(0).astype(np.float32) % 2
    assert half_resolution(checks) == pytest.approx(0.5)
    assert shifted(grid, shift=0.5)[: grid.shape[0] // 2].max() == 0


def test_what_lies_outside_the_breast_goes(grid):
    marked = grid.copy()
    marked[5:12, -12:-5] = 1.0  # a marker in the far corner
    cleaned = background_erased(marked)
    assert cleaned[:20, -20:].max() == 0
    inside = np.s_[40:100, :40]
    assert (cleaned[inside] == marked[inside]).all()
    assert next(c for c in LARGE if c.name == OUTSIDE).of is background_erased


def test_one_pixel_is_spread_and_the_mean_kept():
    grid = np.zeros((8, 8), np.uint16)
    grid[2, 2] = 64000
    half = downsampled(grid, 2)
    assert (half_resolution(grid) == half).all()
    assert downsampled(grid, 1) is grid
    assert half.shape == (8, 8)
    assert half.dtype == np.uint16
    # The block of four holds 16000; bilinear enlarging leaves ¾ · ¾ of it at each of its own pixels.
    assert half[2, 2] == half[3, 3] == pytest.approx(16000 * 9 / 16, abs=1)
    assert half.mean() == pytest.approx(grid.mean(), rel=1e-3)
    assert downsampled(grid, 4).max() < half.max()


def test_what_lies_above_the_finest_waves_is_lost_and_the_rest_stays():
    x = np.arange(64)
    fine, broad = (np.tile(32000 + 30000 * np.cos(2 * np.pi * x / period), (64, 1)).astype(np.uint16) for period in (2, 32))
    assert downsampled(fine, 2).std() < 0.01 * fine.std()
    assert downsampled(broad, 2)[:, 4:-4].std() == pytest.approx(broad[:, 4:-4].std(), rel=0.05)
    assert cv2.norm(downsampled(broad, 4), broad, cv2.NORM_INF) > 0
