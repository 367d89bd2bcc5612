import numpy as np
import pytest

from core.errors import RecipeError
from core.inference.calibration import choose_threshold, fit, probabilities
from core.labels import CALCIFICATION, TRIAGE


def test_temperature_is_found_again():
    rng = np.random.default_rng(0)
    honest = rng.normal(size=(20000, 3)) * 2
    labels = np.array([rng.choice(3, p=p) for p in probabilities(honest, TRIAGE)])
    assert fit(honest * 3, labels, TRIAGE) == pytest.approx(3, rel=0.06)  # three times too sure
    truth = (rng.random((20000, 4)) < probabilities(honest[:, [0, 1, 2, 0]], CALCIFICATION)).astype(int)
    assert fit(honest[:, [0, 1, 2, 0]] * 3, truth, CALCIFICATION) == pytest.approx(3, rel=0.06)


def test_probabilities_by_hand():
    np.testing.assert_allclose(probabilities(np.log([[1.0, 2.0, 5.0]]), TRIAGE), [[0.125, 0.25, 0.625]])
    np.testing.assert_allclose(probabilities(np.log([[1.0, 9.0, 81.0, 1.0]]), CALCIFICATION, 2.0), [[0.5, 0.75, 0.9, 0.5]])


SCORES = np.array([0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9])
TRUTH = np.array([0, 0, 1, 0, 0, 1, 1, 1])


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("youden", 0.65),  # sensitivity 3/4, specificity 1
        ("sensitivity=0.9", 0.25),  # all four positives need 0.3
        ("specificity = 0.7", 0.5),  # one of four negatives (0.6) may lie above
    ],
)
def test_thresholds_by_hand(rule, expected):
    threshold, text = choose_threshold(SCORES, TRUTH, rule)
    assert threshold == pytest.approx(expected)
    assert "validation" in text


def test_one_kind_only_and_an_unknown_rule():
    assert choose_threshold(SCORES, np.ones(8))[0] == 0.5
    for rule in ("accuracy", "sensitivity", "sensitivity=2", "sensitivity=x", "youden=1"):
        with pytest.raises(RecipeError, match="youden"):
            choose_threshold(SCORES, TRUTH, rule)
