"""Thresholds worked by hand, and the texts that are no rule."""

import numpy as np
import pytest

from core.errors import RecipeError
from core.inference.threshold_rule import CONSOLE_RULES, ThresholdRule

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
    threshold, text = ThresholdRule.parse(rule).choose(SCORES, TRUTH)
    assert threshold == pytest.approx(expected)
    assert "validation" in text


def test_one_kind_only_and_an_unknown_rule():
    assert ThresholdRule("youden").choose(SCORES, np.ones(8)) == (0.5, "0.5, because all validation images are of one class")
    assert ThresholdRule("youden").choose(SCORES[:0], TRUTH[:0])[0] == 0.5
    for rule in ("accuracy", "sensitivity", "sensitivity=2", "sensitivity=x", "youden=1", "youden=", "cost=0"):
        with pytest.raises(RecipeError, match="youden"):
            ThresholdRule.parse(rule)


def test_text_and_back():
    for rule in CONSOLE_RULES:
        assert ThresholdRule.parse(str(rule)) == rule
        assert "validation" in rule.description
