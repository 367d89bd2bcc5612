"""Scores, their parts, what is kept, and what the tables' traps do to a training."""

import json
from dataclasses import replace

import numpy as np
import pytest

from core.errors import CheckpointError, DataError
from core.notes.model import CARD, ROWS, TREES, NoteModel, sigmoid
from core.notes.table import read_table, score_table
from core.notes.train import rows_of, train
from core.notes.understand import NoteError


def test_it_learns_what_the_tables_hold(trained):
    model, _ = trained
    assert model.card.metrics["pooled"]["auroc"].value > 0.75
    assert model.card.metrics["pooled"]["auroc"].low < model.card.metrics["pooled"]["auroc"].value
    assert set(model.card.metrics) == {"pooled", "mass", "calcification"}
    assert model.read("Spiculated mass").score > model.read("Circumscribed oval mass").score
    assert model.read("Mass, not spiculated, oval").score < model.read("Mass, spiculated, oval").score
    assert model.read("Spiculated mass").words_score > model.read("Circumscribed oval mass").words_score


def test_contributions_add_up_to_the_score(trained):
    model, _ = trained
    text = "Irregular mass with spiculated margin. Breast density 2."
    prediction = model.read(text)
    from core.notes.model import matrix, vector

    row = matrix([vector(prediction.understood.keys, prediction.understood.numbers, "descriptors")], "descriptors")
    base = model.booster.predict(row, pred_contribs=True)[0, -1]
    total = sum(c.logit for c in prediction.contributions) + model.card.slope * base + model.card.offset
    assert sigmoid(total) == pytest.approx(prediction.score, abs=1e-4)
    (spiculated,) = [c for c in prediction.contributions if c.what == "spiculated"]
    assert [text[a:b] for a, b in spiculated.spans] == ["spiculated"]
    assert all(
        c.what.startswith(("not ", "no ")) or c.spans or c.what[-1].isdigit() or c.what.startswith("about")
        for c in prediction.contributions
    )


def test_what_is_saved_scores_the_same_and_alterations_are_refused(trained, tmp_path):
    model, folder = trained
    again = NoteModel.load(folder)
    assert again.read("Irregular mass").score == model.read("Irregular mass").score
    assert {p.name for p in folder.iterdir()} == {CARD, TREES, ROWS, "predictions.csv", "report.json"}
    for name in (CARD, TREES):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / TREES).write_bytes((folder / TREES).read_bytes().replace(b"0.", b"1.", 1))
    with pytest.raises(CheckpointError, match="not those of its card"):
        NoteModel.load(tmp_path)
    with pytest.raises(CheckpointError, match="no note model"):
        NoteModel.load(tmp_path / "none")


def test_shared_patients_leave_the_training_part_and_ids_are_not_published(tables, trained):
    rows = rows_of(tables)
    assert not {r.patient for r in rows if r.test} & {r.patient for r in rows if not r.test}
    assert "P_00000" in {r.patient for r in rows if r.test}
    assert "P_00000" in {r.patient for r in rows_of(tables, kinds=("mass",)) if not r.test}  # the test row is a calcification
    assert "P_0" not in (trained[1] / "predictions.csv").read_text()


def test_the_assessment_is_used_by_the_proxy_alone(tables, tmp_path):
    assert not any("BI-RADS" in r.note for r in rows_of(tables))
    model = train(tables, tmp_path / "proxy", features="with-assessment", subset="mass")
    assert model.card.proxy
    assert any("proxy of the answer" in limit for limit in model.card.limits)
    assert json.loads((tmp_path / "proxy" / "report.json").read_text())["proxy"] is True
    assert model.read("Oval mass. BI-RADS 5.").score > model.read("Oval mass. BI-RADS 3.").score
    assert set(model.card.metrics) == {"mass"}


def test_descriptors_ignore_an_assessment_in_the_note(trained):
    model, _ = trained
    assert model.read("Oval mass. BI-RADS 5.").score == model.read("Oval mass.").score


def test_similar_rows_of_the_training_table(trained):
    model = NoteModel.load(trained[1])
    first, *_ = found = model.similar(("shape=OVAL", "margin=SPICULATED"))
    assert set(first.keys) == {"shape=OVAL", "margin=SPICULATED"}
    assert (first.similarity, len(found)) == (1.0, 5)
    assert 0 < first.malignant <= first.n
    assert found == tuple(sorted(found, key=lambda s: (-s.similarity, -s.n)))
    assert model.similar(("nothing",)) == ()


def test_tables_that_are_not_there(tmp_path):
    with pytest.raises(DataError, match="no description tables"):
        rows_of(tmp_path)


def test_a_table_of_notes(trained):
    table = read_table("\ufeffid,Note\n1,Spiculated mass\n2,\n3,Knie\n".encode())
    scored = score_table(trained[0], table)
    assert scored["score"].notna().tolist() == [True, False, False]
    assert scored["why"].str.startswith("Cannot assess").tolist() == [False, True, True]
    assert scored["model"].str.contains("research use only").all()
    with pytest.raises(DataError, match="no column `note`"):
        read_table(b"a,b\n1,2\n")
    with pytest.raises(DataError, match="neither UTF-8 nor UTF-16"):
        read_table(b"\xff\xfe\x00\x01\x02")


def test_without_the_package_the_sentence_names_the_file_to_install(trained, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "xgboost", None)
    with pytest.raises(CheckpointError, match=r"requirements\.txt"):
        NoteModel.load(trained[1])


def test_the_shipped_model_and_its_figures():
    model = NoteModel.load()
    assert not model.card.proxy
    assert model.card.metrics["pooled"]["auroc"].value >= 0.80
    with pytest.raises(NoteError):
        model.read("Normal mammogram.")


def test_real_tables_give_the_shipped_figures(real_data, tmp_path):
    again = train(real_data / "cbis-ddsm" / "csv", tmp_path / "cbis-notes")
    shipped = NoteModel.load().card
    assert (shipped.n["train"]["patients"], shipped.n["test"]["patients"]) == (1217, 349)
    for subset, metrics in shipped.metrics.items():
        assert again.card.metrics[subset]["auroc"].value == pytest.approx(metrics["auroc"].value, abs=1e-3)
    assert np.isclose(again.card.threshold, shipped.threshold, atol=1e-3)
    assert replace(again, card=shipped).read("Irregular mass").score == pytest.approx(
        NoteModel.load().read("Irregular mass").score, abs=1e-3
    )
