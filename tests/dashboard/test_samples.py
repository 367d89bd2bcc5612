"""The shipped sample exam: what is stored of it is what the model says, and counts for nothing else."""

import numpy as np
import pytest

from core.datasets.phantom.samples import sample_exam
from core.folders import checkpoints_folder
from core.inference.prediction import Prediction
from core.models.card import read_card
from core.scans import assess, read_scan
from core.scans.stamp import has_synthetic_stamp
from dashboard.cache import samples

MODEL = "phantom-triage"


@pytest.fixture(scope="module")
def card():
    return read_card(checkpoints_folder() / MODEL)


@pytest.fixture(scope="module")
def scans():
    return [read_scan(s.data, s.name) for s in samples.exam(with_prior=True)]


def test_it_is_an_exam_with_its_prior_and_truth(scans):
    shipped = samples.exam(with_prior=True)
    assert [s.name for s in samples.exam(with_prior=False)] == [s.name for s in shipped[:4]]
    assert [s.label for s in scans] == 2 * ["R CC", "L CC", "R MLO", "L MLO"]
    assert all(s.synthetic and assess(s).ok and has_synthetic_stamp(s.display()) for s in scans)
    assert len({s.study_key for s in scans}) == 2
    assert len({s.patient_key for s in scans}) == 1
    assert [bool(s.truth) for s in shipped] == [True, False, True, False, False, False, False, False]  # the prior shows no lesion yet


def test_stored_predictions_equal_fresh_ones(scans, card):
    from core.inference.predictor import Predictor

    predictor = Predictor.load(MODEL)
    for scan in scans:
        stored, maps = samples.prediction(scan, card, card.input)
        fresh, fresh_maps = predictor.predict_and_explain(scan)
        assert isinstance(stored, Prediction)
        assert stored.decision == fresh.decision
        assert stored.logits == pytest.approx(fresh.logits, abs=1e-3)
        assert stored.score == pytest.approx(fresh.score, abs=1e-4)
        assert maps.keys() == fresh_maps.keys()
        for label, heat in maps.items():
            assert heat.layer == fresh_maps[label].layer
            np.testing.assert_allclose(heat.heat, fresh_maps[label].heat, atol=1e-3 * max(1e-6, fresh_maps[label].peak) + 1e-6)


def test_they_count_for_these_weights_input_and_pixels_alone(scans, card):
    scan = scans[0]
    assert samples.prediction(scan, card, card.input) is not None
    assert samples.prediction(scan, card, card.input.with_filter("clahe")) is None
    for changed in ({"weights": card.weights.model_copy(update={"sha256": "0" * 64})}, {"temperature": 2.0}, {"threshold": 0.5}):
        assert samples.prediction(scan, card.model_copy(update=changed), card.input) is None
    name, data, _ = sample_exam(1, "small")[0]
    assert samples.prediction(read_scan(data, name), card, card.input) is None
