"""Golden values that can be checked by hand: a filter of a delta image is its kernel."""

import numpy as np
import pytest

from core.errors import FilterError
from core.imaging.filters import FILTERS, KERNELS, PRESETS, apply_filter, apply_kernel, checked_kernel, clahe, clip_floor, sums_to_zero


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


def test_an_own_kernel_lies_as_it_is_written():
    kernel = np.array([[0, 0, 0], [0, 0, 1], [0, 0, 0]], np.float32)  # each pixel takes the value to its right
    out = apply_kernel(delta(), kernel)
    assert out[3, 2] == 1
    assert out.sum() == 1


def test_presets_are_the_compared_filters_and_identity_changes_nothing():
    image = np.random.default_rng(0).random((16, 12), dtype=np.float32)
    np.testing.assert_array_equal(apply_kernel(image, PRESETS["identity"]), image)
    for name in KERNELS:
        np.testing.assert_array_equal(apply_kernel(image, PRESETS[name]), apply_filter(image, name))
    assert {name for name in PRESETS if sums_to_zero(PRESETS[name])} == {"sobel across", "sobel down", "prewitt across", "edges"}


def test_sobel_of_a_step_by_hand():
    image = np.zeros((5, 6), np.float32)
    image[:, 3:] = 0.2
    out = apply_kernel(image, PRESETS["sobel across"])
    np.testing.assert_allclose(out[2], [0, 0, 0.8, 0.8, 0, 0], atol=1e-6)  # (1 + 2 + 1) × 0.2 on both sides of the step
    assert apply_kernel(1 - image, PRESETS["sobel across"]).max() == 0  # a falling edge is below 0 and cut off


def test_normalised_by_the_sum_unless_that_is_zero():
    np.testing.assert_allclose(checked_kernel(np.ones((3, 3)), normalise=True), KERNELS["mean"], rtol=1e-6)
    np.testing.assert_array_equal(checked_kernel(PRESETS["edges"], normalise=True), PRESETS["edges"])


@pytest.mark.parametrize(
    ("kernel", "says"),
    [
        (np.zeros((3, 3)), "All entries"),
        (np.full((3, 3), np.nan), "empty"),
        (np.array([[1, 1, 1], [1, np.inf, 1], [1, 1, 1]]), "finite"),
        (np.full((3, 3), 1e38), "million"),
        (np.ones((5, 5)), "3 × 3"),
    ],
)
def test_what_is_no_kernel_says_why(kernel, says):
    with pytest.raises(FilterError, match=says):
        apply_kernel(np.zeros((8, 8), np.float32), kernel)


def test_clip_limits_below_the_floor_change_nothing():
    image = np.random.default_rng(0).random((128, 96), dtype=np.float32) ** 2
    floor = clip_floor(image.shape)
    assert floor == pytest.approx(2 * 65536 / (16 * 12))
    np.testing.assert_array_equal(clahe(image, 2.0), clahe(image, 0.99 * floor))
    assert np.abs(clahe(image, 2.0) - clahe(image, 1.01 * floor)).max() > 0
    np.testing.assert_array_equal(clahe(image), apply_filter(image, "clahe"))
