"""The VOI functions against the formulae of DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3, written out once more."""

import numpy as np
import pytest

from core.scans.windows import LookupWindow, Window


def linear(x, c, w):
    if x <= c - 0.5 - (w - 1) / 2:
        return 0.0
    if x > c - 0.5 + (w - 1) / 2:
        return 1.0
    return (x - (c - 0.5)) / (w - 1) + 0.5


def linear_exact(x, c, w):
    if x <= c - w / 2:
        return 0.0
    if x > c + w / 2:
        return 1.0
    return (x - c) / w + 0.5


def sigmoid(x, c, w):
    return 1 / (1 + np.exp(-4 * (x - c) / w))


@pytest.mark.parametrize(("function", "formula"), [("LINEAR", linear), ("LINEAR_EXACT", linear_exact), ("SIGMOID", sigmoid)])
@pytest.mark.parametrize(("center", "width"), [(2048, 4096), (100, 1.5), (0, 100), (3000.5, 777)])
@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_formulae(function, formula, center, width, dtype):
    x = np.array([0, 1, 50, 99, 100, 101, 2047, 2048, 3388, 3389, 4095, 65535], dtype)
    expected = [formula(float(v), center, width) for v in x]
    np.testing.assert_allclose(Window(center, width, function).apply(x), expected, atol=1e-6)


def test_a_linear_window_of_width_one_is_a_step():
    np.testing.assert_array_equal(Window(100, 1).apply(np.array([99, 100], np.uint16)), [0, 1])


@pytest.mark.parametrize(("width", "function"), [(0, "LINEAR"), (0.5, "LINEAR"), (0, "LINEAR_EXACT"), (-1, "SIGMOID"), (np.nan, "LINEAR")])
def test_impossible_widths(width, function):
    with pytest.raises(ValueError, match="width"):
        Window(10, width, function)


def test_lookup_holds_its_ends():
    table = np.array([0.1, 0.5, 0.9], np.float32)
    np.testing.assert_allclose(LookupWindow(100, table).apply(np.array([0, 100, 101, 102, 500], np.uint16)), [0.1, 0.1, 0.5, 0.9, 0.9])
