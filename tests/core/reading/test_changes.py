"""Changes keep shape and range, and do what their names say."""

import numpy as np
import pytest

from core.reading.changes import LARGE, OUTSIDE, SMALL, coarse, erased_outside, halved, moved


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
    assert len(np.unique(coarse(np.linspace(0, 1, 10_000, dtype=np.float32)[None]))) == 256
    checks = np.indices((8, 8)).sum(0).astype(np.float32) % 2
    assert halved(checks) == pytest.approx(0.5)
    assert moved(grid, shift=0.5)[: grid.shape[0] // 2].max() == 0


def test_what_lies_outside_the_breast_goes(grid):
    marked = grid.copy()
    marked[5:12, -12:-5] = 1.0  # a marker in the far corner
    cleaned = erased_outside(marked)
    assert cleaned[:20, -20:].max() == 0
    inside = np.s_[40:100, :40]
    assert (cleaned[inside] == marked[inside]).all()
    assert next(c for c in LARGE if c.name == OUTSIDE).of is erased_outside
