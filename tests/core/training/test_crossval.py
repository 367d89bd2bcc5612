"""Pooled out-of-fold numbers agree with scikit-learn, and every image is tested once."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, precision_score, recall_score, roc_auc_score

from core.datasets.phantom import make
from core.labels import TRIAGE
from core.training.crossval import cross_validate, sentences, summarise
from core.training.recipe import load_recipe


@pytest.fixture
def frame():
    rng = np.random.default_rng(1)
    truth = rng.choice(3, 300, p=[0.6, 0.25, 0.15])
    score = np.clip(rng.normal(0.3 + 0.3 * (truth == 2), 0.2), 0, 1)
    called = np.where(rng.random(300) < 0.7, truth, rng.choice(3, 300))
    return pd.DataFrame({"patient": np.arange(300) // 3, "truth": truth, "called": called, "score": score, "positive": score > 0.4})


def test_pooled_numbers_are_scikit_learns(frame):
    block = summarise(frame, TRIAGE)
    truth, called, positive = frame["truth"], frame["called"], frame["truth"] == 2
    expected = {
        "auroc": roc_auc_score(positive, frame["score"]),
        "accuracy": accuracy_score(truth, called),
        "macro_f1": f1_score(truth, called, average="macro"),
        "balanced_accuracy": balanced_accuracy_score(truth, called),
        "sensitivity": recall_score(positive, frame["positive"]),
        "precision": precision_score(positive, frame["positive"]),
        "f1": f1_score(positive, frame["positive"]),
        "positive_accuracy": accuracy_score(positive, frame["positive"]),
    }
    for name, value in expected.items():
        assert block[name]["value"] == pytest.approx(value, abs=1e-9)
        assert block[name]["low"] < value < block[name]["high"]
    assert block["macro_f1_over_dummy"]["low"] > 0.1
    assert sum(map(sum, block["confusion"])) == block["n"] == 300
    assert block["n_patients"] == 100


def test_a_model_that_guesses_is_not_above_the_dummy(frame):
    guess = frame.assign(called=np.random.default_rng(5).permutation(frame["called"]))
    for name in ("macro_f1_over_dummy", "balanced_accuracy_over_dummy"):
        e = summarise(guess, TRIAGE)[name]
        assert e["low"] < 0 < e["high"]


def test_every_image_is_tested_once_and_finished_folds_are_kept(tmp_path, tmp_path_factory, monkeypatch):
    monkeypatch.setenv("SECOND_READER_CACHE", str(tmp_path_factory.getbasetemp() / "grids"))
    exams = make(tmp_path / "p", 9, 3, size="small", formats=("png",))
    changes = ["architecture=cancerdetectnet", "pretrained=false", "input.size=[64,48]", "epochs=1", "folds=3"]
    recipe = load_recipe("phantom-triage", changes)
    summary = cross_validate(recipe, exams, tmp_path / "cv", waive="nine exams")
    assert summary["pooled"][0]["n"] == 36
    assert summary["spread"]["accuracy"]["n"] == 3
    stamps = {p: p.stat().st_mtime_ns for p in (tmp_path / "cv").glob("*/card.json")}
    assert len(stamps) == 3
    assert cross_validate(recipe, exams, tmp_path / "cv", waive="nine exams") == summary
    assert {p: p.stat().st_mtime_ns for p in stamps} == stamps
    assert "36 images of 9 patients" in sentences(summary)
