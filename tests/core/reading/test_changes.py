"""Changes of a grid whose outcome can be worked by hand."""

import cv2
import numpy as np
import pytest

from core.reading.changes import coarser, halved


def test_one_pixel_is_spread_and_the_mean_kept():
    grid = np.zeros((8, 8), np.uint16)
    grid[2, 2] = 64000
    half = coarser(grid, 2)
    assert (halved(grid) == half).all()
    assert coarser(grid, 1) is grid
    assert half.shape == (8, 8)
    assert half.dtype == np.uint16
    # The block of four holds 16000; bilinear enlarging leaves ¾ · ¾ of it at each of its own pixels.
    assert half[2, 2] == half[3, 3] == pytest.approx(16000 * 9 / 16, abs=1)
    assert half.mean() == pytest.approx(grid.mean(), rel=1e-3)
    assert coarser(grid, 4).max() < half.max()


def test_what_lies_above_the_finest_waves_is_lost_and_the_rest_stays():
    x = np.arange(64)
    fine, broad = (np.tile(32000 + 30000 * np.cos(2 * np.pi * x / period), (64, 1)).astype(np.uint16) for period in (2, 32))
    assert coarser(fine, 2).std() < 0.01 * fine.std()
    assert coarser(broad, 2)[:, 4:-4].std() == pytest.approx(broad[:, 4:-4].std(), rel=0.05)
    assert cv2.norm(coarser(broad, 4), broad, cv2.NORM_INF) > 0
