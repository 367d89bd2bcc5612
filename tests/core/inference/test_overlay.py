import numpy as np

from core.inference.overlay import INFERNO, colour_bar, overlay


def test_cold_pixels_keep_the_image_and_hot_ones_take_the_colour():
    display = np.full((2, 2), 0.4, np.float32)
    relative = np.array([[0, 1], [0, 0.5]], np.float32)
    out = overlay(display, relative, opacity=1.0)
    assert out.dtype == np.uint8
    assert out[0, 0].tolist() == [102, 102, 102]
    np.testing.assert_array_equal(out[0, 1], INFERNO[255])
    np.testing.assert_array_equal(overlay(display, relative, opacity=0.0), np.full((2, 2, 3), 102))


def test_inferno_is_rgb_dark_to_yellow():
    assert INFERNO[0].sum() < 20
    red, green, blue = INFERNO[255]
    assert red > 240
    assert green > 240
    assert blue < 180
    bar = colour_bar(50, 4)
    assert bar.shape == (50, 4, 3)
    assert bar[0].sum() > bar[-1].sum()
