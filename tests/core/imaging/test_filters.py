"""Golden values that can be checked by hand: a filter of a delta image is its kernel."""

import numpy as np
import pytest

from core.imaging.filters import FILTERS, KERNELS, apply_filter


def delta(value=1.0, background=0.0):
    image = np.full((7, 7), background, np.float32)
    image[3, 3] = value
    return image


def test_kernels_are_the_published_ones():
    np.testing.assert_array_equal(KERNELS["gaussian"] * 16, [[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    np.testing.assert_allclose(KERNELS["mean"] * 9, np.ones((3, 3)), rtol=1e-6)
    np.testing.assert_array_equal(KERNELS["laplacian"], [[-1, -1, -1], [-1, 9, -1], [-1, -1, -1]])
    for kernel in KERNELS.values():
        assert kernel.sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("name", ["gaussian", "mean"])
def test_delta_gives_the_kernel(name):
    np.testing.assert_allclose(apply_filter(delta(), name)[2:5, 2:5], KERNELS[name], atol=1e-7)


def test_laplacian_overshoot_is_clipped_not_wrapped():
    out = apply_filter(delta(0.5, 0.2), "laplacian")
    assert out[3, 3] == 1.0  # 9 × 0.5 − 8 × 0.2 = 2.9
    assert out[2, 2] == 0.0  # 9 × 0.2 − 7 × 0.2 − 0.5 = −0.1
    assert out[0, 0] == pytest.approx(0.2, abs=1e-6)


@pytest.mark.parametrize("name", FILTERS)
def test_range_dtype_and_no_change_in_place(name):
    image = np.random.default_rng(0).random((64, 48), dtype=np.float32)
    before = image.copy()
    out = apply_filter(image, name)
    assert out.dtype == np.float32
    assert out.shape == image.shape
    assert 0 <= out.min() <= out.max() <= 1
    np.testing.assert_array_equal(image, before)
    assert not np.shares_memory(out, image)


@pytest.mark.parametrize("name", ["none", "gaussian", "mean", "laplacian"])
def test_flat_image_stays_flat(name):
    np.testing.assert_allclose(apply_filter(np.full((9, 9), 0.3, np.float32), name), 0.3, atol=1e-6)
