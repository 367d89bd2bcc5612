"""Tables of other people's models: scikit-learn is the oracle."""

import json
from io import BytesIO

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
    assert out["confusion"] is None


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
        ("a,b\n1,2\n", "no column `label`; its columns are: a, b"),
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


ROWS = [("P1", "1", "0.91"), ("P2", "0", "0.12"), ("P3", "1", "0.55"), ("P4", "0", "0.55"), ("P5", "0", "0.30"), ("P6", "1", "0.20")]
AUROC = (3 + 2.5 + 1) / 9  # 0.91 beats three; 0.55 beats two and ties with one; 0.20 beats one


def text_of(rows, separator=",", decimal="."):
    lines = [("patient", "label", "score"), *((p, y, s.replace(".", decimal)) for p, y, s in rows)]
    return "".join(separator.join(line) + "\n" for line in lines)


@pytest.mark.parametrize(
    "data",
    [
        text_of(ROWS).encode(),
        b"\xef\xbb\xbf" + text_of(ROWS, ";", ",").encode(),
        b"sep=;\r\n" + text_of(ROWS, ";", ",").replace("\n", "\r\n").encode(),
        text_of(ROWS, "\t").encode("utf-16"),
        text_of(ROWS).replace("\n", "\r").encode(),
        text_of(ROWS).replace("\n", ",,\n").encode(),
        text_of(ROWS).replace("patient,label,score", " Patient,LABEL ,Score").encode(),
        text_of(ROWS).replace(",0,", ",-1,").encode(),
    ],
    ids=["comma", "semicolon", "sep line", "utf-16 tabs", "cr", "trailing separators", "capitals", "minus one"],
)
def test_tables_as_spreadsheets_write_them(data):
    out = score_table(BytesIO(data))
    assert (out["auroc"]["value"], out["n"], out["n_patients"]) == (pytest.approx(AUROC), 6, 6)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (text_of(ROWS).replace("0.91", '"1.234,5"'), "'1.234,5' in line 2"),
        (text_of(ROWS).replace("label,score", "label,score,SCORE").replace("1,0.91", "1,0.91,0.5"), "two columns 'score'"),
        (text_of(ROWS).replace(",1,", ",2,"), "'2' in line 2 is neither yes nor no"),
        (text_of(ROWS) + "P7,1,0.5,0.6\n", "Line 8 of The table has 4 cells"),
        ("patient,label,score\n", "no row"),
        ("sep=,\n" + text_of(ROWS).replace("0.12", "x"), "line 4"),
    ],
)
def test_what_is_ambiguous_is_named(text, words):
    with pytest.raises(DataError, match=words):
        score_table(BytesIO(text.encode()))
    with pytest.raises(DataError, match="neither UTF-8 nor UTF-16"):
        score_table(BytesIO("label,score\nbösartig,1\n".encode("cp1252")))


def test_a_score_at_the_threshold_counts_as_positive_in_matrix_and_rates():
    out = score_table(BytesIO(text_of(ROWS).encode()), threshold=0.55)
    assert out["confusion"]["counts"] == [[2, 1], [1, 2]]
    assert (out["sensitivity"]["value"], out["specificity"]["value"]) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert out["accuracy"]["value"] == pytest.approx(4 / 6)
    assert "2 rows at the threshold 0.55" in out["notes"][-1]


def test_equal_scores_one_class_and_one_patient():
    equal = score_table(BytesIO(text_of([(p, y, "0.5") for p, y, _ in ROWS]).encode()))
    assert equal["auroc"]["value"] == 0.5
    assert equal["auroc"]["low"] is None
    single = score_table(BytesIO(text_of([(p, "1", s) for p, _, s in ROWS]).encode()))
    assert single["auroc"]["value"] is None
    assert "one class" in single["auroc"]["undefined"]
    assert any("All rows are positive" in n for n in single["notes"])
    one = score_table(BytesIO(text_of([("P", y, s) for _, y, s in ROWS]).encode()))
    assert (one["auroc"]["low"], one["auroc"]["method"]) == (None, "no interval: one patient")
    assert any("one patient" in n for n in one["notes"])
    separated = score_table(BytesIO(text_of([(p, y, y) for p, y, _ in ROWS]).encode()))
    assert (separated["auroc"]["value"], separated["auroc"]["low"]) == (1, None)
    for out in (equal, single, one, separated):
        json.dumps(out, allow_nan=False)


def test_probabilities_that_do_not_sum_to_one_are_said():
    out = score_table(BytesIO(b"label,score_a,score_b,score_c\na,0.9,0.3,0.3\nb,0.2,0.5,0.3\nc,0.1,0.2,0.7\n"))
    assert any("In 1 rows the probabilities do not sum to 1" in n for n in out["notes"])
    assert any("most probable class" in n for n in out["notes"])
