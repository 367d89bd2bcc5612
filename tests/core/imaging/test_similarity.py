"""SSIM and PSNR by hand: two flat images have no variance, so that SSIM is its brightness term alone."""

import numpy as np
import pytest

from core.imaging.breast import Box
from core.imaging.filters import apply_filter
from core.imaging.similarity import filtered, similarity


def flat(value, side=32):
    return np.full((side, side), value, np.float32)


def test_equal_images_have_ssim_one_and_no_psnr():
    found = similarity(flat(0.3), flat(0.3))
    assert found.ssim == pytest.approx(1)
    assert found.psnr is None


def test_psnr_of_a_tenth_is_twenty_decibels():
    assert similarity(flat(0.6), flat(0.5)).psnr == pytest.approx(20, abs=1e-4)  # error 0.1² of a peak of 1


def test_ssim_of_flat_images_is_the_brightness_term():
    # (2 · 0.6 · 0.5 + C1) / (0.6² + 0.5² + C1), C1 = 0.01²; the other term is C2 / C2.
    assert similarity(flat(0.6), flat(0.5)).ssim == pytest.approx(0.6001 / 0.6101, abs=1e-5)


def test_a_image_smaller_than_the_window_has_no_ssim():
    assert similarity(flat(0.6, 8), flat(0.5, 8)).ssim is None


def test_the_letterbox_does_not_count():
    grid = np.zeros((64, 64), np.float32)
    grid[:, :32] = np.random.default_rng(0).random((64, 32), dtype=np.float32)
    box = Box(0, 0, 64, 32)
    found = filtered(grid, box, lambda g: apply_filter(g, "mean"))
    assert found.image.shape == grid.shape
    assert found.milliseconds > 0
    assert found.similarity == similarity(found.image[:, :32], grid[:, :32])
    assert found.similarity.ssim < similarity(found.image, grid).ssim  # black on black would flatter
