"""Scores and thresholds as text never contradict the decision between them."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.inference.score_text import against_threshold, decimal

probability = st.floats(0, 1)
near = st.builds(lambda a, step: (a, min(1.0, a + step)), probability, st.sampled_from([1e-3, 1e-6, 1e-12, 1e-16, 5e-324]))


@given(st.one_of(near, st.tuples(probability, probability)))
@example((0.123456789012, 0.123456789013))  # they differ at the twelfth digit
@example((0.9999999, 1.0))
@example((5e-324, 1e-323))
@example((0.1, float(np.nextafter(0.1, 1))))
def test_what_looks_equal_is_equal_and_what_looks_smaller_is_smaller(pair):
    a, b = pair
    shown = decimal(a, b), decimal(b, a)
    assert (shown[0] == shown[1]) == (a == b)
    assert np.sign(float(shown[0]) - float(shown[1])) == np.sign(np.longdouble(a) - np.longdouble(b))


@given(st.one_of(near, st.tuples(probability, probability)))
def test_the_side_agrees_with_the_numbers(pair):
    score, threshold = pair
    first, second = against_threshold(score, threshold).split(" threshold (")
    number, side = first.split(", ")
    assert (float(number) >= float(second.removesuffix(")"))) == (side == "at or above")


@pytest.mark.parametrize(
    ("score", "threshold", "text"),
    [
        (0.518, 0.522, "0.518, below threshold (0.522)"),
        (0.5218, 0.5222, "0.5218, below threshold (0.5222)"),
        (0.7, 0.42, "0.70, at or above threshold (0.42)"),
        (0.52, 0.52, "0.52, at or above threshold (0.52)"),
    ],
)
def test_few_places_where_few_do(score, threshold, text):
    assert against_threshold(score, threshold) == text
