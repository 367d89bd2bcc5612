"""Each number is scikit-learn's where it has it."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, matthews_corrcoef, roc_auc_score

from core.evaluation.metrics.agreement import decision_agreement, kappa, mcc, ranked_agreement
from core.evaluation.metrics.argmax import argmax
from core.evaluation.metrics.decisions import Decisions
from core.evaluation.predictions import ClassPredictions, table
from core.labels import DENSITY8, TISSUE, TRIAGE, TUMOUR


def rows(space, n=150, seed=0, replicates=50):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, len(space.classes), n)
    logits = rng.normal(0, 1, (n, len(space.classes))) + 1.2 * np.eye(len(space.classes))[truth]
    known = [{"sha256": str(i), "patient": str(i // 2), "split": "test", "label": space.classes[t]} for i, t in enumerate(truth)]
    return ClassPredictions.of(table(known, logits, space), space, 1.0, 0.4, replicates), truth


@pytest.mark.parametrize("space", [TUMOUR, TRIAGE, TISSUE, DENSITY8], ids=lambda s: s.name)
def test_scikit_learn_agrees(space):
    r, truth = rows(space)
    found = ranked_agreement(r)
    for decisions, true, called in (
        (Decisions.argmax(r), truth, r.predicted.argmax(1)),
        (Decisions.at_threshold(r), r.positive, r.decision),
    ):
        agreed = decision_agreement(decisions)
        assert agreed["mcc"].value == pytest.approx(matthews_corrcoef(true, called), abs=1e-6)
        assert agreed["cohen_kappa"].value == pytest.approx(cohen_kappa_score(true, called), abs=1e-6)
        found |= agreed
    assert found["partial_auroc"].value == pytest.approx(roc_auc_score(r.positive, r.score, max_fpr=0.1), abs=1e-6)
    if len(space.classes) > 2:
        for name, how in (("auroc_ovr", "ovr"), ("auroc_ovo", "ovo")):
            assert found[name].value == pytest.approx(roc_auc_score(truth, r.probabilities, multi_class=how, average="macro"), abs=1e-6)
    assert all(e.low <= e.value <= e.high for e in found.values())


def test_ordered_classes_have_a_weighted_kappa():
    r, truth = rows(TISSUE)
    expected = cohen_kappa_score(truth, r.predicted.argmax(1), weights="quadratic")
    assert argmax(r).metrics["quadratic_kappa"].value == pytest.approx(expected, abs=1e-6)
    r, truth = rows(DENSITY8)
    expected = cohen_kappa_score(truth // 2, r.predicted.argmax(1) // 2, weights="quadratic")
    assert argmax(r).metrics["quadratic_kappa"].value == pytest.approx(expected, abs=1e-6)
    assert "quadratic_kappa" not in argmax(rows(TRIAGE)[0]).metrics


def test_mcc_worked_by_hand_and_undefined():
    # 90 of 100 negatives and 8 of 10 positives right: (8·90 − 10·2) / √(18·10·100·92)
    assert mcc(np.array([[[90, 10], [2, 8]]]))[0] == pytest.approx((8 * 90 - 10 * 2) / np.sqrt(18 * 10 * 100 * 92))
    assert np.isnan(mcc(np.array([[[5, 0], [5, 0]]]))[0])


def test_kappas_as_published():
    """Two readers, three categories (Cohen 1960, Educ Psychol Meas 20, table 1; in shares of 200): kappa 0.492."""
    table = np.array([[[88, 14, 18], [10, 40, 10], [2, 6, 12]]])
    assert kappa(table)[0] == pytest.approx(0.4915, abs=5e-4)
