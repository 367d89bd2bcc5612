"""Contrast by hand: a bright square in tissue of two values."""

import numpy as np
import pytest

from core.imaging.breast import Box
from core.imaging.contrast import Region, contrast_to_noise, region
from core.imaging.filters import apply_filter
from core.imaging.input import Geometry

SQUARE = (20.0, 10.0, 30.0, 10.0, 30.0, 20.0, 20.0, 20.0)  # columns 20 to 29, rows 10 to 19


def geometry(shape=(64, 48), flipped=False, grid=None):
    grid = grid or shape
    return Geometry(shape, Box(0, 0, *shape), flipped, Box(0, 0, *grid), grid)


def tissue(shape=(64, 48)):
    return np.full(shape, 0.4, np.float32)


def test_by_hand():
    image = np.array([[0.9, 0.7, 0.2, 0.4]], np.float32)
    where = Region(np.array([[True, True, False, False]]), np.array([[False, False, True, True]]))
    assert contrast_to_noise(image, where) == pytest.approx((0.8 - 0.3) / 0.1, rel=1e-5)
    assert contrast_to_noise(1 - image, where) == pytest.approx(-5, rel=1e-5)  # darker: the sign tells
    assert contrast_to_noise(2 * image, where) == pytest.approx(5, rel=1e-5)  # stretching brings nothing


def test_a_flat_ring_has_no_ratio():
    where = Region(np.array([[True, False, False]]), np.array([[False, True, True]]))
    assert contrast_to_noise(np.array([[0.9, 0.2, 0.2]], np.float32), where) is None


def test_the_lesion_is_the_pixels_whose_centres_lie_inside():
    found = region(tissue(), geometry(), SQUARE)
    expected = np.zeros((64, 48), bool)
    expected[10:20, 20:30] = True
    np.testing.assert_array_equal(found.lesion, expected)
    assert not (found.lesion & found.ring).any()
    rows, cols = np.nonzero(found.ring)
    assert (rows.min(), rows.max(), cols.min(), cols.max()) == (4, 25, 14, 35)  # radius of 100 pixels' disc: 5.6, so 6 all round


def test_mirrored_and_shrunk_like_the_grid():
    found = region(tissue((32, 24)), geometry(flipped=True, grid=(32, 24)), SQUARE)
    expected = np.zeros((32, 24), bool)
    expected[5:10, 9:14] = True  # columns 20 to 30 of 48 are 18 to 28 from the other side
    np.testing.assert_array_equal(found.lesion, expected)


def test_other_lesions_and_what_is_no_breast_are_left_out_of_the_ring():
    other = tuple(v + (12 if n % 2 == 0 else 0) for n, v in enumerate(SQUARE))
    assert not region(tissue(), geometry(), SQUARE, (other,)).ring[10:20, 32:42].any()
    half = tissue((640, 480))
    half[:, 300:] = 0.0
    found = region(half, geometry((640, 480)), tuple(10 * v for v in SQUARE))
    assert found.ring[:, :300].any()
    assert not found.ring[:, 310:].any()


def test_too_few_pixels_are_no_region():
    assert region(tissue((8, 6)), geometry(grid=(8, 6)), SQUARE) is None


def test_smoothing_raises_it_under_white_noise():
    # Known by theory: the mean of nine leaves a third of white noise's standard deviation, and the wide lesion as it is.
    rng = np.random.default_rng(0)
    image = tissue((200, 200)) + rng.normal(0, 0.02, (200, 200)).astype(np.float32)
    image[60:140, 60:140] += 0.1
    where = region(tissue((200, 200)), geometry((200, 200)), (50.0, 50.0, 150.0, 50.0, 150.0, 150.0, 50.0, 150.0))
    plain, smooth, sharp = (contrast_to_noise(apply_filter(image, n), where) for n in ("none", "mean", "laplacian"))
    assert smooth / plain == pytest.approx(3, rel=0.1)
    assert sharp < plain
