"""One score, one positive, one patient: the report, the threshold console and the gallery count alike, with and without patients."""

import numpy as np
import pytest

from core.evaluation.metrics.operating_point import at
from core.evaluation.predictions import ClassPredictions, Predictions, table
from core.evaluation.report import Header, report_of
from core.labels import SPACES, TUMOUR


def frame_of(patients):
    rng = np.random.default_rng(2)
    truth = rng.random(90) < 0.3
    logits = np.stack([np.zeros(90), rng.normal(truth * 1.5 - 1, 1)], 1)
    rows = [
        {"sha256": f"{i:x}", "patient": p, "split": "test", "label": TUMOUR.classes[int(y)]}
        for i, (p, y) in enumerate(zip(patients, truth, strict=True))
    ]
    return table(rows, logits, TUMOUR)


@pytest.mark.parametrize("patients", [[""] * 90, [f"p{i // 3}" for i in range(90)], ["" if i % 2 else f"p{i // 4}" for i in range(90)]])
def test_report_and_console_agree(patients):
    frame = frame_of(patients)
    header = Header("a", "A", True, TUMOUR, "0", None, 1.3, 0.4, "given")
    report = report_of(frame, header)
    point = at(ClassPredictions.of(frame, TUMOUR, 1.3, 0.4), 0.4)
    for ours, theirs in (("sensitivity", "sensitivity"), ("specificity", "specificity"), ("precision", "ppv"), ("npv", "npv")):
        e, rate = report.metrics[ours], point.rates[theirs]
        assert (e.value, e.low, e.high, e.n, e.n_patients) == pytest.approx((rate.value, rate.low, rate.high, rate.n, rate.n_patients))
    assert report.confusion.counts == ((point.tn, point.fp), (point.fn, point.tp))
    assert report.test.patients == report.metrics["auroc"].n_patients
    assert report.by_level[0].sensitivity == report.metrics["sensitivity"]


def test_an_image_without_a_patient_stands_for_itself():
    p = Predictions(np.array([0.1, 0.9, 0.4]), np.array([0, 1, 0]), np.array(["", "", "a"]))
    assert p.bootstrap.n_patients == 3
    assert p.called(0.4).tolist() == [False, True, True]


@pytest.mark.parametrize("space", SPACES.values(), ids=lambda s: s.name)
def test_a_score_never_leaves_its_range(space):
    p = np.full((1, len(space.classes)), 1 / len(space.classes)) + 1e-16
    assert 0 <= float(space.positive_score(p)[0]) <= 1
    assert space.holds(np.eye(len(space.classes), dtype=bool)).sum() == len(space.members(space.positive))
