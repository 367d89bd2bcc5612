"""Labels that may coincide: six images worked by hand, agreement with scikit-learn, and thresholds from validation alone."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, hamming_loss, multilabel_confusion_matrix, precision_score, recall_score, roc_auc_score

from core.evaluation.export import html_of
from core.evaluation.predictions import logits_of, table, truth_of
from core.evaluation.report import report_of
from core.evaluation.report_text import table_of
from core.labels import CALCIFICATION

SIX = [  # patient, label, probabilities of macro, micro, amorphous, vascular
    ("a", "macro micro", 0.9, 0.8, 0.1, 0.1),
    ("a", "", 0.6, 0.1, 0.1, 0.2),
    ("b", "vascular", 0.1, 0.3, 0.1, 0.9),
    ("b", "amorphous", 0.1, 0.2, 0.4, 0.1),
    ("c", "micro vascular", 0.2, 0.7, 0.1, 0.6),
    ("d", "", 0.1, 0.1, 0.2, 0.2),
]
# On these four validation images Youden's threshold lies half-way between the scores of the two kinds.
VALIDATION = [
    ("e", "macro micro amorphous vascular", 0.8, 0.6, 0.4, 0.9),
    ("f", "", 0.6, 0.4, 0.2, 0.1),
    ("g", "", 0.1, 0.1, 0.1, 0.1),
    ("h", "macro micro amorphous vascular", 0.9, 0.9, 0.9, 0.9),
]
OWN = [0.7, 0.5, 0.3, 0.5]


def frame_of(rows, split):
    p = np.array([r[2:] for r in rows])
    told = [{"sha256": f"{split}{i}", "patient": r[0], "split": split, "label": r[1]} for i, r in enumerate(rows)]
    return table(told, np.log(p / (1 - p)), CALCIFICATION)


@pytest.fixture
def space(header):
    return dataclasses.replace(header, label_space=CALCIFICATION, threshold=0.35)


@pytest.fixture
def many():
    """400 validation and 600 test images of 4 to a patient, with labels that coincide."""
    rng, parts = np.random.default_rng(5), []
    for split, n in (("validation", 400), ("test", 600)):
        truth = rng.random((n, 4)) < (0.2, 0.1, 0.15, 0.05)
        truth[:, 3] |= truth[:, 0] & (rng.random(n) < 0.5)
        logits = rng.normal(-1, 1, (n, 4)) + 2.2 * truth
        names = np.array(CALCIFICATION.classes)
        rows = [
            {"sha256": f"{split}{i}", "patient": f"{split}{i // 4}", "split": split, "label": tuple(names[t])} for i, t in enumerate(truth)
        ]
        parts.append(table(rows, logits, CALCIFICATION))
    return pd.concat(parts, ignore_index=True)


def test_six_images_by_hand(space):
    found = report_of(pd.concat([frame_of(SIX, "test"), frame_of(VALIDATION, "validation")]), space).multilabel
    assert [x.threshold for x in found.labels] == pytest.approx(OWN)
    # At 0.5 image 2 is wrongly called macro, and image 4 is not called amorphous; at the own thresholds neither is wrong.
    assert found.hamming_loss["half"].value == pytest.approx(2 / 24)
    assert found.subset_accuracy["half"].value == pytest.approx(4 / 6)
    assert found.hamming_loss["own"].value == 0 < found.hamming_loss["own"].high
    assert found.subset_accuracy["own"].value == 1
    assert found.subset_accuracy["own"].method.startswith("Wilson")
    # No label is the most frequent set: 2 of 6 images right, 6 of 24 answers wrong.
    assert found.most_frequent_set == ()
    assert found.subset_accuracy["baseline"].value == pytest.approx(2 / 6)
    assert found.hamming_loss["baseline"].value == pytest.approx(6 / 24)
    assert found.co_occurrence.labels == ("macro", "micro", "amorphous", "vascular", "none")
    assert found.co_occurrence.true == ((1, 1, 0, 0, 0), (1, 2, 0, 1, 0), (0, 0, 1, 0, 0), (0, 1, 0, 2, 0), (0, 0, 0, 0, 2))
    assert found.co_occurrence.predicted == found.co_occurrence.true
    assert found.hamming_loss["half"].n_patients == 4


def test_agreement_with_scikit_learn(space, many):
    found = report_of(many, space).multilabel
    test = many[many["split"] == "test"]
    truth, p = truth_of(test, CALCIFICATION), 1 / (1 + np.exp(-logits_of(test, CALCIFICATION)))
    own = p >= [x.threshold for x in found.labels]
    for key, called in (("own", own), ("half", p >= 0.5)):
        assert found.hamming_loss[key].value == pytest.approx(hamming_loss(truth, called), abs=1e-6)
        assert found.subset_accuracy[key].value == pytest.approx(accuracy_score(truth, called), abs=1e-6)
    cells = multilabel_confusion_matrix(truth, own)
    for i, x in enumerate(found.labels):
        (tn, fp), _ = cells[i]
        assert x.sensitivity.value == pytest.approx(recall_score(truth[:, i], own[:, i]), abs=1e-6)
        assert x.specificity.value == pytest.approx(tn / (tn + fp), abs=1e-6)
        assert x.precision.value == pytest.approx(precision_score(truth[:, i], own[:, i]), abs=1e-6)
        assert x.sensitivity.low < x.sensitivity.value < x.sensitivity.high
    per_class = report_of(many, space).multilabel.labels
    areas = [roc_auc_score(truth[:, i], p[:, i]) for i in range(4)]
    assert [c.auroc.value for c in per_class] == pytest.approx(areas, abs=1e-6)
    assert np.array(found.co_occurrence.true)[0, 3] == (truth[:, 0] & truth[:, 3]).sum() > 0
    assert np.array(found.co_occurrence.predicted)[:4, :4].tolist() == (truth.T.astype(int) @ own).tolist()


def test_thresholds_come_from_validation_alone(space, many):
    before = report_of(many, space).multilabel
    flipped = many.copy()
    flipped.loc[flipped["split"] == "test", "label"] = ""
    after = report_of(flipped, space).multilabel
    assert [x.threshold for x in after.labels] == [x.threshold for x in before.labels]
    assert after.labels[0].sensitivity.undefined == "no image of this label"
    alone = report_of(many[many["split"] == "test"], space).multilabel
    assert {x.threshold for x in alone.labels} == {0.5}
    assert "no validation images" in alone.labels[0].threshold_rule


def test_one_patient_has_no_narrow_interval(space):
    one = frame_of(SIX, "test").assign(patient="p")
    e = report_of(one, space).multilabel.hamming_loss["half"]
    assert (e.low, e.method) == (None, "no interval: one patient")


def test_exports_hold_it_and_other_spaces_have_none(space, many, twelve, header):
    report = report_of(many, space, replicates=200)
    json.dumps(report.model_dump(mode="json"), allow_nan=False)
    rows = table_of(report)
    assert (rows["name"] == "hamming_loss").sum() == 3
    assert "Micro at its own threshold" in html_of(report)
    assert report_of(twelve, header).multilabel is None
