import numpy as np
import pytest

from core.inference.calibration import fit, probabilities
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
