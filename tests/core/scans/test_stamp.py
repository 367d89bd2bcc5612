"""The bar code of a phantom is found again after what happens to images, and nowhere else."""

import cv2
import numpy as np
import pytest

from core.datasets.phantom import draw, plan_exam
from core.scans.stamp import has_synthetic_stamp, stamp, stamp_synthetic

TURNED = {
    "as drawn": lambda p: p,
    "mirrored": lambda p: p[:, ::-1],
    "upside down": lambda p: p[::-1],
    "inverted": lambda p: 1 - p,
    "half the size": lambda p: cv2.resize(p, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "square": lambda p: cv2.resize(p, (640, 640), interpolation=cv2.INTER_AREA),
    "darker": lambda p: 0.1 + 0.7 * p**1.5,
    "JPEG": lambda p: cv2.imdecode(cv2.imencode(".jpg", np.rint(p * 255).astype(np.uint8), [1, 60])[1], 0).astype(np.float32) / 255,
}


@pytest.fixture(scope="module", params=[("L", "CC", "small"), ("R", "MLO", "small"), ("R", "CC", "full")], ids="-".join)
def phantom(request):
    side, view, size = request.param
    return (draw(plan_exam(4, 2), side, view, size).pixels / 4095).astype(np.float32)


@pytest.mark.parametrize("change", TURNED.values(), ids=TURNED)
def test_found_after(phantom, change):
    assert has_synthetic_stamp(np.ascontiguousarray(change(phantom)))


def test_not_found_without_the_bars(phantom):
    blind = phantom.copy()
    blind[-blind.shape[0] // 12 :] = 0
    assert not has_synthetic_stamp(blind)


def test_other_lettering_and_texture_are_no_stamp():
    rng = np.random.default_rng(0)
    plain = np.zeros((640, 480), np.uint8)
    assert not has_synthetic_stamp(stamp(plain, "RESEARCH USE ONLY").astype(np.float32) / 255)
    assert not has_synthetic_stamp(rng.random((640, 480), dtype=np.float32))
    ruler = np.tile((np.arange(480) // 6 % 2).astype(np.float32), (640, 1))
    assert not has_synthetic_stamp(ruler)


def test_white_of_the_stamp_says_nothing_about_the_image():
    dark, bright = np.zeros((640, 480), np.uint16), np.full((640, 480), 900, np.uint16)
    stamped = [stamp_synthetic(p, chest_left=True, bright=3800) for p in (dark, bright)]
    assert stamped[0].max() == stamped[1].max() == 3800
    assert not dark.any()  # the image that was given stays as it is
