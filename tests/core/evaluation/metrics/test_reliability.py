"""Reliability worked by hand, and by scikit-learn."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from core.evaluation.metrics.reliability import before_and_after, reliability
from core.evaluation.predictions import ClassPredictions, Predictions, table
from core.labels import TUMOUR


def make(scores, truth):
    return Predictions(np.asarray(scores, float), np.asarray(truth, bool), np.arange(len(scores)).astype(str))


def test_by_hand():
    # Two bins: scores 0.2 with rate 1/4, scores 0.8 with rate 3/4. ECE 0.05; reliability 0.0025, resolution 0.0625, uncertainty 0.25.
    r = reliability(make([0.2] * 4 + [0.8] * 4, [1, 0, 0, 0, 1, 1, 1, 0]), bins=2)
    assert [(b.score, b.rate.value, b.n) for b in r.bins] == [(pytest.approx(0.2), 0.25, 4), (pytest.approx(0.8), 0.75, 4)]
    assert r.ece.value == pytest.approx(0.05)
    assert r.decomposition.model_dump() == pytest.approx({"reliability": 0.0025, "resolution": 0.0625, "uncertainty": 0.25})
    # Within the bins all scores are equal, so Murphy's parts add up to the Brier score itself.
    assert r.brier.value == pytest.approx(0.0025 - 0.0625 + 0.25)


def test_bins_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    scores = rng.random(1000)
    truth = rng.random(1000) < scores**1.5
    r = reliability(make(scores, truth))
    rates, means = calibration_curve(truth, scores, n_bins=10, strategy="quantile")
    assert [b.rate.value for b in r.bins] == pytest.approx(rates)
    assert [b.score for b in r.bins] == pytest.approx(means)
    assert r.brier.value == pytest.approx(brier_score_loss(truth, scores))
    assert all(b.rate.low <= b.rate.value <= b.rate.high for b in r.bins)


def test_an_overconfident_model_has_the_larger_error():
    rng = np.random.default_rng(1)
    p = rng.random(2000)
    truth = rng.random(2000) < p
    sure = np.clip(0.5 + 2 * (p - 0.5), 0, 1)
    assert reliability(make(sure, truth)).ece.low > reliability(make(p, truth)).ece.high


def test_one_score_for_all_is_one_bin():
    r = reliability(make([0.3] * 10, [1] * 3 + [0] * 7))
    assert len(r.bins) == 1
    assert r.ece.value == pytest.approx(0)


def test_before_and_after_are_the_two_temperatures():
    rng = np.random.default_rng(3)
    truth = rng.random(400) < 0.4
    z = np.where(truth, 1.0, -1.0) + rng.normal(0, 1.5, 400)
    logits = np.stack([np.zeros(400), 4 * z], 1)  # four times too sure
    known = [{"sha256": str(i), "patient": str(i), "split": "test", "label": TUMOUR.classes[int(t)]} for i, t in enumerate(truth)]
    rows = ClassPredictions.of(table(known, logits, TUMOUR), TUMOUR, 4.0, 0.5, 100)
    found = before_and_after(rows, 4.0)
    score = 1 / (1 + np.exp(-4 * z))
    assert found.before.brier.value == pytest.approx(brier_score_loss(truth, score))
    assert found.after.brier.value == pytest.approx(brier_score_loss(truth, 1 / (1 + np.exp(-z))))
    assert found.after.ece.value < found.before.ece.value
    assert found.after.brier_decomposition.uncertainty == pytest.approx(truth.mean() * (1 - truth.mean()))
