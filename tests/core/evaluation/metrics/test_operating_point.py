"""A threshold's numbers by hand and by scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_score, recall_score

from core.evaluation.metrics.operating_point import at, band, chosen_on, expected_counts, net_benefits
from core.evaluation.predictions import Predictions


@pytest.fixture
def scores():
    rng = np.random.default_rng(0)
    truth = rng.random(400) < 0.3
    return Predictions(np.clip(rng.normal(0.35 + 0.25 * truth, 0.15), 0, 1), truth, (np.arange(400) // 4).astype(str))


def test_counts_and_rates_are_scikit_learns(scores):
    for threshold in (0.2, 0.45, 0.7):
        point, called = at(scores, threshold), scores.score >= threshold
        assert [[point.tn, point.fp], [point.fn, point.tp]] == confusion_matrix(scores.positive, called).tolist()
        assert point.rates["sensitivity"].value == pytest.approx(recall_score(scores.positive, called), abs=1e-9)
        assert point.rates["specificity"].value == pytest.approx(recall_score(~scores.positive, ~called), abs=1e-9)
        assert point.rates["ppv"].value == pytest.approx(precision_score(scores.positive, called), abs=1e-9)
        for e in point.rates.values():
            assert e.low <= e.value <= e.high


def test_nothing_called_positive_has_no_ppv(scores):
    point = at(scores, 1.1)
    assert point.rates["ppv"].value is None
    assert "called positive" in point.rates["ppv"].undefined
    assert point.rates["sensitivity"].value == 0


def test_net_benefit_by_hand():
    # 10 images, 4 positive; at 0.2 six are called: 3 right, 3 wrong. (3 − 3 · 0.2 / 0.8) / 10 = 0.225 (Vickers & Elkin 2006, eq. 1)
    truth = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], bool)
    values = np.array([0.9, 0.8, 0.3, 0.1, 0.7, 0.6, 0.2, 0.1, 0.1, 0.0])
    scores = Predictions(values, truth, np.arange(10).astype(str))
    assert at(scores, 0.2).net_benefit == pytest.approx(0.225)
    curve = net_benefits(scores, np.array([0.2, 0.5]))
    assert curve["model"][0] == pytest.approx(0.225)
    assert curve["all"][0] == pytest.approx((4 - 6 * 0.25) / 10)
    assert curve["none"].tolist() == [0, 0]


def test_a_thousand_patients_add_up(scores):
    point = at(scores, 0.45)
    for prevalence in (0.003, 0.01, 0.5):
        patients = expected_counts(point.rates, 1000, prevalence)
        assert sum(patients.values()) == 1000
        assert patients["tp"] + patients["fn"] == round(1000 * prevalence)
    assert expected_counts(point.rates, 1000, 0.003)["fp"] > expected_counts(point.rates, 1000, 0.5)["fp"]


def test_rules_reach_their_targets_on_validation(scores):
    for rule, threshold in chosen_on(scores).items():
        name, _, target = rule.partition("=")
        if name in ("sensitivity", "specificity"):
            assert at(scores, threshold).rates[name].value >= float(target)
        if name == "cost":
            grid = [at(scores, t) for t in np.unique([0, 1.01, *scores.score])]
            point = at(scores, threshold)
            assert float(target) * point.fn + point.fp == min(float(target) * p.fn + p.fp for p in grid)


def test_bands_are_tenths_of_the_images_without_it():
    truth = np.r_[np.zeros(100, bool), np.ones(20, bool)]
    values = np.r_[np.arange(100) / 100, np.full(20, 0.9)]
    scores = Predictions(values, truth, np.arange(120).astype(str))
    assert [band(scores, s) for s in (0.0, 0.095, 0.1, 0.105, 0.555, 0.905, 1.0)] == [1, 2, 2, 2, 6, 10, 10]
