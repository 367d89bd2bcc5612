"""Stripes of a screen are found along both axes and at an angle; mammograms, phantoms and films have none."""

import numpy as np
import pytest

from core.datasets.phantom import draw, plan_exam
from core.scans import read_scan
from core.scans.stripes import has_stripes


@pytest.fixture(scope="module", params=["small", "full"])
def phantom(request):
    return (draw(plan_exam(4, 2), "L", "MLO", request.param).pixels / 4095).astype(np.float32)


@pytest.mark.parametrize("angle", [0, 20, 90])
@pytest.mark.parametrize("period", [3.3, 10.7, 25])
def test_a_pattern_of_a_tenth_is_found(phantom, period, angle):
    y, x = np.mgrid[: phantom.shape[0], : phantom.shape[1]].astype(np.float32)
    along = x * np.cos(np.radians(angle)) + y * np.sin(np.radians(angle))
    assert has_stripes(phantom * (0.9 + 0.1 * np.sin(2 * np.pi * along / period)))


def test_a_phantom_has_none(phantom):
    assert not has_stripes(phantom)


def test_flat_and_small_images_have_none():
    assert not has_stripes(np.zeros((400, 300), np.float32))
    assert not has_stripes(np.full((400, 300), 0.5, np.float32))
    assert not has_stripes(np.ones((3, 2), np.float32))


def test_films_and_mammograms_have_none(real_data):
    paths = sorted((real_data / "mini-mias" / "all-mias").glob("*.pgm"))[::20]
    paths += sorted((real_data / "roboflow-breast-cancer").glob("*/*.jpg"))[::100]
    assert len(paths) > 30
    assert [p.name for p in paths if has_stripes(read_scan(p.read_bytes()).display())] == []
