import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from core.errors import DataError
from core.evaluation.evaluation_report import load_report
from core.evaluation.predictions import read_predictions, table, truth_of, write_predictions
from core.evaluation.report import make_report, report_of
from core.files import write_json
from core.labels import CALCIFICATION, TRIAGE

BY_HAND = {
    "auroc": 29.5 / 32,
    "average_precision": (1 + 1 + 3 / 4 + 4 / 7) / 4,
    "accuracy": 10 / 12,
    "balanced_accuracy": (3 / 4 + 7 / 8) / 2,
    "f1_macro": (3 / 4 + 7 / 8) / 2,
    "sensitivity": 3 / 4,
    "specificity": 7 / 8,
    "precision": 3 / 4,
    "npv": 7 / 8,
    "brier": 1.43 / 12,
}


def test_twelve_rows_by_hand(twelve, header):
    r = report_of(twelve, header)
    assert {k: e.value for k, e in r.metrics.items()} == pytest.approx(BY_HAND)
    assert r.prevalence.value == pytest.approx(1 / 3)
    assert r.majority_baseline.value == pytest.approx(2 / 3)
    assert r.confusion.classes == ("not malignant", "malignant")
    assert r.confusion.counts == ((7, 1), (1, 3))
    assert [c.f1.value for c in r.per_class] == pytest.approx([7 / 8, 0.75])
    assert [c.support for c in r.per_class] == [8, 4]
    assert r.summary[0].startswith("Of 8 images of not malignant, 1 were called malignant")
    by_patient = next(x for x in r.by_level if (x.level, x.aggregation) == ("patient", "max"))
    assert by_patient.auroc.value == pytest.approx(7.5 / 8)
    assert (r.validation.images, r.test.images, r.test.patients) == (0, 12, 6)
    for e in r.metrics.values():
        assert e.low <= e.value <= e.high
        assert e.n_patients == 6


def test_the_most_probable_class_has_a_part_of_its_own(twelve, header):
    a = report_of(twelve, header).argmax
    assert a.confusion.counts == ((3, 1, 0), (1, 2, 1), (0, 1, 3))
    assert a.predicted_counts == {"normal": 4, "benign": 4, "malignant": 4}
    assert [c.f1.value for c in a.per_class] == pytest.approx([0.75, 0.5, 0.75])
    assert [c.support for c in a.per_class] == [4, 4, 4]
    assert (a.metrics["accuracy"].value, a.majority_baseline.value) == pytest.approx((8 / 12, 1 / 3))
    assert report_of(twelve, dataclasses.replace(header, threshold=0.1)).argmax == a


def test_validation_rows_change_nothing_of_the_test(twelve, header):
    other = twelve.assign(split="validation", label="normal", patient="q")
    both = report_of(pd.concat([twelve, other]), header)
    assert both.metrics == report_of(twelve, header).metrics
    assert (both.validation.images, both.validation.patients) == (12, 1)


def test_the_threshold_is_taken_as_it_is(twelve, header):
    strict = report_of(twelve, dataclasses.replace(header, threshold=0.75))
    assert strict.confusion.counts == ((8, 0), (3, 1))
    assert strict.metrics["specificity"].method.startswith("Wilson")  # at 1 the bootstrap would have no width
    assert strict.metrics["specificity"].low < 0.9


def test_what_cannot_be_computed_says_why(twelve, header):
    r = report_of(twelve[twelve["label"] == "normal"], dataclasses.replace(header, threshold=0.9))
    assert r.metrics["auroc"].value is None
    assert "one class" in r.metrics["auroc"].undefined
    assert r.metrics["sensitivity"].undefined == "no positive image"
    assert r.metrics["precision"].undefined == "no image was called positive"
    assert r.per_class[1].recall.undefined == "no image of this class"
    assert r.argmax.per_class[2].recall.undefined == "no image of this class"
    json.dumps(r.model_dump(mode="json"), allow_nan=False)


def test_one_patient_has_no_narrow_interval(twelve, header):
    e = report_of(twelve.assign(patient="p"), header).metrics["auroc"]
    assert (e.low, e.high, e.method) == (None, None, "no interval: one patient")


def test_multilabel(header):
    rows = [
        {"sha256": str(i), "patient": str(i), "split": "test", "label": label}
        for i, label in enumerate(["macro micro", "", ("vascular",), "amorphous"])
    ]
    p = np.array([[0.9, 0.8, 0.1, 0.1], [0.6, 0.1, 0.1, 0.2], [0.1, 0.3, 0.1, 0.9], [0.1, 0.2, 0.4, 0.1]])
    frame = table(rows, np.log(p / (1 - p)), CALCIFICATION)
    assert truth_of(frame, CALCIFICATION).astype(int).tolist() == [[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]
    r = report_of(frame, dataclasses.replace(header, label_space=CALCIFICATION, threshold=0.35))
    # Suspicious = micro or amorphous: true in rows 0 and 3; scores 0.8, 0.2, 0.3, 0.4.
    assert r.metrics["auroc"].value == 1
    assert r.confusion.counts == ((2, 0), (0, 2))
    assert r.argmax is None
    assert [x.label for x in r.multilabel.labels] == list(CALCIFICATION.classes)
    assert [c.label for c in r.roc_curves][-1] == "suspicious"


def test_files_there_and_back(twelve, header, tmp_path):
    write_predictions(tmp_path, twelve)
    again = read_predictions(tmp_path, TRIAGE)
    np.testing.assert_allclose(again.filter(like="logit_"), twelve.filter(like="logit_"), rtol=1e-8)
    shortcut = {"attribute": "source", "undefined": "unknown in this source"}
    write_json(tmp_path / "probes.json", {"shortcuts": [shortcut]})
    report = make_report(tmp_path, header)
    assert report.localisation is None
    assert report.shortcuts[0].attribute == "source"
    assert load_report(tmp_path) == report
    assert make_report(tmp_path, header) == report  # seeded


def test_spoilt_tables_are_refused(twelve, header, tmp_path):
    with pytest.raises(DataError, match="no predictions"):
        read_predictions(tmp_path, TRIAGE)
    write_predictions(tmp_path, twelve.drop(columns="logit_benign"))
    with pytest.raises(DataError, match="logit_benign"):
        read_predictions(tmp_path, TRIAGE)
    write_predictions(tmp_path, twelve.assign(logit_benign=np.nan))
    with pytest.raises(DataError, match="not numbers"):
        read_predictions(tmp_path, TRIAGE)
    with pytest.raises(DataError, match="no image of the split 'train'"):
        report_of(twelve, header, split="train")
