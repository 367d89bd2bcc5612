"""How strongly a heatmap may be drawn: one scale a checkpoint, nothing below the threshold, nothing outside the breast."""

from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from core.imaging.breast import breast_mask
from core.imaging.input import InputSpec
from core.inference.evidence import Evidence
from core.inference.overlay import heatmap_png, hung_overlay
from core.inference.saliency import Saliency
from core.scans.scan import Scan
from core.scans.windows import Window

SPEC = InputSpec(size=(128, 96))


@pytest.fixture(scope="module")
def scan():
    """A bright half disc at the left of a dark image."""
    rows, cols = np.mgrid[:600, :480]
    values = np.where(((rows - 300) / 240) ** 2 + (cols / 300) ** 2 < 1, 30000, 200).astype(np.uint16)
    return Scan(values, (Window(32767.5, 65535, "LINEAR_EXACT"),), False, "s" * 64, "p", "PNG", 16, laterality="L", view="MLO")


def evidence(scan, score, measured=None, raw=None):
    """Of a map that is hot everywhere, the air included."""
    raw = np.full((16, 12), 2.0) + np.arange(12) if raw is None else raw
    saliency = Saliency(scan.sha256, "m", "malignant", "Grad-CAM", "layer", raw.astype(np.float32), 8, 3.5, SPEC.grid(scan)[1])
    decision = "positive" if score >= 0.52 else "negative"
    prediction = SimpleNamespace(score=score, decision=decision, probabilities={"malignant": score, "benign": 1 - score})
    return Evidence.of(saliency, prediction, "malignant", measured)


def coloured(image):
    return np.ptp(image.astype(int), axis=2) > 6


def test_a_view_below_the_threshold_has_no_coloured_pixel_and_one_above_has(scan):
    assert not coloured(hung_overlay(scan, evidence(scan, 0.15))).any()
    assert coloured(hung_overlay(scan, evidence(scan, 0.9))).any()
    assert coloured(hung_overlay(scan, replace(evidence(scan, 0.15), weak=False))).any()


def test_nothing_outside_the_breast_is_hot(scan):
    found = evidence(scan, 0.9)
    outside = ~breast_mask(scan.display())
    assert outside.mean() > 0.2
    assert not found.level()[outside].any()
    assert not coloured(hung_overlay(scan, found))[outside].any()
    grid = found.saliency.on_grid()
    assert grid.max() > 0
    assert not grid[~found.saliency.geometry.inside_grid()].any()


def test_a_measured_scale_is_absolute_and_without_one_the_score_sets_the_strength(scan):
    peak = evidence(scan, 0.9).saliency.peak
    assert evidence(scan, 0.6, measured=2 * peak).level().max() == pytest.approx(0.5, abs=0.01)
    assert evidence(scan, 0.6).level().max() == pytest.approx(0.6, abs=0.01)
    assert not evidence(scan, 0.6).measured


@pytest.mark.parametrize("raw", [np.zeros((16, 12)), np.ones((16, 12)), np.full((16, 12), np.nan)])
def test_an_empty_flat_or_undefined_map_has_no_colour(scan, raw):
    found = evidence(scan, 0.99, measured=1.0, raw=raw)
    assert found.full == 0
    assert not found.drawn
    assert not coloured(hung_overlay(scan, found)).any()
    png = cv2.imdecode(np.frombuffer(heatmap_png(scan, found), np.uint8), cv2.IMREAD_COLOR)
    assert not coloured(png).any()


def test_the_label_of_another_class_is_weak_unless_it_is_the_most_probable(scan):
    saliency = replace(evidence(scan, 0.9).saliency, label="benign")
    for score, weak in ((0.3, False), (0.7, True)):
        prediction = SimpleNamespace(score=score, decision="positive", probabilities={"malignant": score, "benign": 1 - score})
        assert Evidence.of(saliency, prediction, "malignant", None).weak is weak
