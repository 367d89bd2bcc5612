import numpy as np
import pytest

from core.inference.calibration import bias_pays, fit, fit_with_bias, probabilities
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


def test_a_bias_is_found_again_and_pays():
    rng = np.random.default_rng(1)
    honest = rng.normal(size=(20000, 3)) * 2
    labels, patients = np.array([rng.choice(3, p=p) for p in probabilities(honest, TRIAGE)]), np.arange(20000) // 4
    shift = np.array([0.0, 1.5, -2.0])
    temperature, bias = fit_with_bias(honest * 3 - shift, labels, TRIAGE)
    assert temperature == pytest.approx(3, rel=0.06)
    np.testing.assert_allclose(bias, shift, atol=0.2)
    assert bias_pays(honest * 3 - shift, labels, TRIAGE, patients)
    assert fit(honest * 3 - shift + bias, labels, TRIAGE) == pytest.approx(temperature, rel=0.02)  # one after the other: the same
    truth = (rng.random((20000, 4)) < probabilities(honest[:, [0, 1, 2, 0]], CALCIFICATION)).astype(int)
    _, bias = fit_with_bias(honest[:, [0, 1, 2, 0]] - 1.0, truth, CALCIFICATION)
    np.testing.assert_allclose(bias, 1.0, atol=0.15)


def test_a_bias_that_only_fits_noise_does_not_pay():
    rng = np.random.default_rng(2)
    honest = rng.normal(size=(24, 3)) * 2
    labels = np.array([rng.choice(3, p=p) for p in probabilities(honest, TRIAGE)])
    assert not bias_pays(honest, labels, TRIAGE, np.arange(24) // 2)
    assert not bias_pays(honest[:2], labels[:2], TRIAGE, np.zeros(2))  # one patient cannot be cross-validated
    temperature, bias = fit_with_bias(honest[:0], labels[:0], TRIAGE)
    assert (temperature, bias.any()) == (1.0, False)
