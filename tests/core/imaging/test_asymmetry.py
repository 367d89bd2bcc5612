"""Two drawn breasts: alike they cancel, and what one has more is told with its side and place."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.errors import ScanError
from core.imaging.asymmetry import asymmetry
from core.scans import Scan
from core.scans.windows import Window

FULL = Window(2048, 4096)


def breast(side, extra=None, stretch=1.0):
    """A half disc with a bright gland, chest wall at the right for R; `extra` is (row, column, brightness) of a disc in it."""
    rows, cols = np.mgrid[:600, :480].astype(np.float32)
    image = np.where(((rows - 300) / (250 * stretch)) ** 2 + (cols / (330 * stretch)) ** 2 < 1, 900, 0).astype(np.float32)
    image += np.where(((rows - 300) / (120 * stretch)) ** 2 + ((cols - 150 * stretch) / (90 * stretch)) ** 2 < 1, 900, 0)
    if extra:
        image += np.where((rows - extra[0]) ** 2 + (cols - extra[1]) ** 2 < 32**2, extra[2], 0)
    values = cv2.GaussianBlur(image, (0, 0), 3).astype(np.uint16)
    values = np.ascontiguousarray(values[:, ::-1]) if side == "R" else values
    return Scan(values, (FULL,), False, f"{side}{stretch}", "x", "PNG", 16, view="CC", laterality=side)


def test_equal_breasts_cancel_whatever_their_size():
    same = asymmetry(breast("L"), breast("R"))
    assert np.abs(same.difference).max() < 0.25
    assert same.overlap > 0.99
    smaller = asymmetry(breast("L"), breast("R", stretch=0.8))
    assert np.abs(smaller.difference).max() < 0.6  # the outline is drawn out to the other's
    assert same.left[same.inside].std() == pytest.approx(1, abs=0.01)
    assert not same.difference[~same.inside].any()


@pytest.mark.parametrize(("side", "sign"), [("L", 1), ("R", -1)])
def test_what_one_breast_has_more_is_found_on_its_side_and_in_its_place(side, sign):
    both = {s: breast(s, (430, 120, 1400) if s == side else None) for s in "LR"}
    found = asymmetry(both["L"], both["R"])
    row, col = np.unravel_index(np.abs(found.difference).argmax(), found.difference.shape)
    assert sign * found.difference[row, col] > 1.5
    rows, cols = np.flatnonzero(found.inside.any(1)), np.flatnonzero(found.inside.any(0))
    assert (row - rows[0]) / np.ptp(rows) == pytest.approx((430 - 50) / 500, abs=0.04)
    assert (col - cols[0]) / np.ptp(cols) == pytest.approx(120 / 330, abs=0.06)


def test_only_two_sides_of_one_view():
    left, right = breast("L"), breast("R")
    for pair in ((right, left), (left, left), (left, replace(right, view="MLO")), (replace(left, view=None), replace(right, view=None))):
        with pytest.raises(ScanError, match="same view"):
            asymmetry(*pair)
    with pytest.raises(ScanError, match="No breast"):
        asymmetry(replace(left, values=np.zeros((64, 64), np.uint16)), right)
