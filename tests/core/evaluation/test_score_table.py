"""Tables of other people's models: scikit-learn is the oracle."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, average_precision_score, brier_score_loss, f1_score, roc_auc_score

from core.errors import DataError
from core.evaluation.score_table import score_table


@pytest.fixture
def binary():
    rng = np.random.default_rng(3)
    label = (rng.random(240) < 0.3).astype(int)
    score = np.clip(rng.normal(0.35 + 0.2 * label, 0.2), 0.01, 0.99)
    return pd.DataFrame({"label": label, "score": score, "patient": np.arange(240) // 4})


def evaluated(frame, tmp_path, **how):
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False)
    return score_table(path, **how)


def test_binary_table(binary, tmp_path):
    out = evaluated(binary, tmp_path)
    label, score = binary["label"], binary["score"]
    assert set(out["auroc"]) >= {"value", "low", "high", "method", "n", "n_patients"}
    assert out["auroc"]["value"] == pytest.approx(roc_auc_score(label, score), abs=1e-6)
    assert out["average_precision"]["value"] == pytest.approx(average_precision_score(label, score), abs=1e-6)
    assert out["brier"]["value"] == pytest.approx(brier_score_loss(label, score), abs=1e-6)
    assert out["accuracy"]["value"] == pytest.approx(accuracy_score(label, score >= 0.5), abs=1e-6)
    assert (out["n"], out["n_patients"]) == (240, 60)
    assert out["auroc"]["low"] < out["auroc"]["value"] < out["auroc"]["high"]


def test_scores_that_are_no_probabilities_keep_their_ranks(binary, tmp_path):
    frame = binary.assign(score=1000 * binary["score"] - 300)
    out = evaluated(frame, tmp_path)
    assert out["auroc"]["value"] == pytest.approx(roc_auc_score(binary["label"], binary["score"]), abs=1e-6)
    assert "brier" not in out
    assert "no probabilities" in out["notes"][-1]


def test_words_for_yes_and_no_and_rows_without_patients(binary, tmp_path):
    words = binary.assign(label=binary["label"].map({0: "Benign", 1: "Malignant"})).drop(columns="patient")
    out = evaluated(words, tmp_path)
    assert out["auroc"]["value"] == pytest.approx(roc_auc_score(binary["label"], binary["score"]), abs=1e-6)
    assert out["n_patients"] == 240
    assert "patient" in out["notes"][0]


def test_several_classes(tmp_path):
    rng = np.random.default_rng(0)
    truth = rng.choice(3, 300)
    p = rng.dirichlet([1, 1, 1], 300) + 0.6 * np.eye(3)[truth]
    p /= p.sum(1, keepdims=True)
    names = np.array(["a", "b", "c"])
    frame = pd.DataFrame({"label": names[truth], **{f"score_{n}": p[:, i] for i, n in enumerate(names)}})
    out = evaluated(frame, tmp_path)
    assert out["f1_macro"]["value"] == pytest.approx(f1_score(truth, p.argmax(1), average="macro"), abs=1e-6)
    for i, row in enumerate(out["per_class"]):
        assert row["auroc"]["value"] == pytest.approx(roc_auc_score(truth == i, p[:, i]), abs=1e-6)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("a,b\n1,2\n", "no column `label`"),
        ("label,score\n1,0.2\n0,x\n", "line 3"),
        ("label,score\n1,0.2\nmaybe,0.3\n", "neither yes nor no"),
        ("label,score_a,score_b\nc,0.2,0.8\n", "has no score column"),
        ("label,score_a,score_b\na,2,0.8\n", "outside 0 to 1"),
        ("label\na\n", "no score columns"),
    ],
)
def test_bad_tables_have_sentences(table, words, tmp_path):
    (tmp_path / "t.csv").write_text(table)
    with pytest.raises(DataError, match=words):
        score_table(tmp_path / "t.csv")
    with pytest.raises(DataError, match="no file"):
        score_table(tmp_path / "none.csv")
