"""DeLong's components by their definition, and the test that follows from them."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from core.evaluation.metrics.analytic import delong, delong_test, placements


def by_definition(scores, truth):
    """V10 and V01 of DeLong et al. 1988, equation (4): means of ψ(X, Y) = 1, ½ or 0."""
    x, y = scores[truth], scores[~truth]
    psi = (x[:, None] > y[None]) + 0.5 * (x[:, None] == y[None])
    return psi.mean(1), psi.mean(0)


@pytest.fixture
def cases():
    rng = np.random.default_rng(3)
    truth = rng.random(80) < 0.4
    return truth, np.round(truth + rng.normal(0, 1, 80), 1), np.round(0.4 * truth + rng.normal(0, 1, 80), 1)


def test_components_are_those_of_the_definition_with_ties(cases):
    truth, scores, _ = cases
    for ours, theirs in zip(placements(scores, truth), by_definition(scores, truth), strict=True):
        assert ours == pytest.approx(theirs)
    assert placements(scores, truth)[0].mean() == pytest.approx(roc_auc_score(truth, scores))


def test_an_interval_worked_by_hand():
    # Positives 3, 2; negatives 1, 2.5: V10 = (1, ½), V01 = (1, ½), both variances ⅛; area ¾, variance ⅛/2 + ⅛/2 = ⅛.
    scores, truth = np.array([3, 2, 1, 2.5]), np.array([1, 1, 0, 0], bool)
    found = delong(scores, truth)
    assert found.low == pytest.approx(0.75 - norm.ppf(0.975) * np.sqrt(1 / 8))
    assert found.high == 1
    assert "alike" in found.note
    assert delong(scores[:3], truth[:3]) is None


def test_a_published_case():
    """Ratings of 58 normal and 51 abnormal CT images (Hanley & McNeil 1982, Radiology 143, table I).

    Area 0.893; DeLong's standard error 0.0307 and interval 0.83295 to 0.95339 as printed in Stata's manual, [R] roctab.
    """
    normal, abnormal = [33, 6, 6, 11, 2], [3, 2, 2, 11, 33]
    ratings = np.repeat([1, 2, 3, 4, 5] * 2, normal + abnormal)
    truth = np.repeat([False] * 5 + [True] * 5, normal + abnormal)
    assert placements(ratings, truth)[0].mean() == pytest.approx(0.8932, abs=5e-5)
    found = delong(ratings, truth)
    assert (found.low, found.high) == (pytest.approx(0.83295, abs=5e-6), pytest.approx(0.95339, abs=5e-6))
    assert (found.high - found.low) / 2 / norm.ppf(0.975) == pytest.approx(0.0307, abs=5e-5)


def test_a_score_against_itself_and_against_a_weaker_one(cases):
    truth, strong, weak = cases
    same = delong_test(strong, strong, truth)
    assert (same.difference, same.z, same.p) == (0, 0, 1)
    found = delong_test(weak, strong, truth)
    assert found.difference == pytest.approx(roc_auc_score(truth, strong) - roc_auc_score(truth, weak))
    a, b = by_definition(weak, truth), by_definition(strong, truth)
    covariance = [np.cov(x, y) / len(x) for x, y in zip(a, b, strict=True)]
    variance = sum(c[0, 0] + c[1, 1] - 2 * c[0, 1] for c in covariance)
    assert found.z == pytest.approx(found.difference / np.sqrt(variance))
    assert found.low < found.difference < found.high
