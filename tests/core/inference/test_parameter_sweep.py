"""Curves of a model that reads nothing but brightness: gamma must move its score, and in one direction."""

import numpy as np
import pytest

from core.inference.parameter_sweep import PARAMETERS, USUAL, VALUES, Curve, curves


@pytest.mark.parametrize("chunk", [1, 8, 41])
def test_curves_of_all_parameters(predictor, scan_of, chunk):
    told = []
    found = curves(predictor, scan_of(), progress=lambda done, n: told.append((done, n)), chunk=chunk)
    total = sum(map(len, VALUES.values())) + 1
    assert told[-1] == (total, total)
    assert [c.name for c in found] == list(PARAMETERS)
    for c in found:
        assert c.values == VALUES[c.name]
        assert len(c.scores) == len(c.values)
    own = predictor.predict(scan_of()).score
    gamma = found[2]
    assert gamma.own == pytest.approx(own, abs=1e-5)
    assert gamma.scores[gamma.values.index(USUAL["gamma"])] == pytest.approx(own, abs=1e-5)
    assert np.all(np.diff(gamma.scores) < 0)  # darker and darker


def test_the_usual_clahe_is_the_filter_of_that_name(predictor, scan_of):
    scan = scan_of()
    score = predictor.predict(scan, input=predictor.card.input.with_filter("clahe")).score
    for c in curves(predictor, scan, ("clip limit", "tiles")):
        assert c.scores[c.values.index(USUAL[c.name])] == pytest.approx(score, abs=1e-5)


def test_sentence_counts_crossings():
    curve = Curve("gamma", (0.5, 1, 2), (0.9, 0.3, 0.6), 0.3, 0.5)
    assert curve.crossings == 2
    assert curve.sentence == "With gamma from 0.5 to 2 the score lies between 0.30 and 0.90; it crosses the threshold 2 times."
