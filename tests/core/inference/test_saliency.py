import numpy as np
import pytest

from core.imaging.breast import Box
from core.imaging.input import Geometry
from core.inference.saliency import NO_EVIDENCE, Saliency

GEOMETRY = Geometry((64, 48), Box(0, 0, 64, 48), False, Box(0, 0, 64, 48), (64, 48))


def saliency(raw: np.ndarray) -> Saliency:
    return Saliency("a" * 64, "model", "tumour", "Grad-CAM", "layer", raw.astype(np.float32), 8, 4, GEOMETRY)


@pytest.mark.parametrize("value", [0, 1e-30, 0.7, 1e30, np.nan, np.inf, -1])
def test_a_flat_or_undefined_map_shows_no_spot(value):
    found = saliency(np.full((8, 6), value))
    assert found.peak == 0
    assert found.sentence == NO_EVIDENCE
    assert not found.relative().any()


def test_one_nan_among_good_values_is_no_evidence_either():
    raw = np.zeros((8, 6))
    raw[2, 3], raw[5, 1] = 1, np.nan
    assert saliency(raw).peak == 0


def test_a_weak_spot_keeps_its_place():
    raw = np.zeros((8, 6))
    raw[2, 3] = 1e-8  # weak, but not flat
    found = saliency(raw)
    assert found.peak == pytest.approx(1e-8)
    assert found.peak_point == pytest.approx((20, 28))
    assert found.relative().max() == pytest.approx(1)
