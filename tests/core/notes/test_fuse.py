"""Late fusion: the coefficients from validation alone, figures that scikit-learn confirms, and every way a note can be missing."""

import csv
import json
import shutil

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, recall_score, roc_auc_score

from core.__main__ import main
from core.datasets.manifest import Item, Manifest
from core.datasets.phantom import draw, plan_exam
from core.errors import CheckpointError, DataError
from core.evaluation.predictions import read_predictions, table, write_predictions
from core.evaluation.report_images import phantom_note
from core.files import read_json, sha256_bytes, write_json
from core.folders import checkpoints_folder
from core.labels import TRIAGE
from core.models.card import read_card
from core.notes import fuse as fusing
from core.notes.fuse import EXCHANGED_SHARE, OTHER_QUESTION, PHANTOM_NOTES, fuse
from core.notes.fusion import Fusion, combine, read_fusion, write_fusion
from core.notes.model import NoteModel

SHIPPED = checkpoints_folder() / "phantom-triage"
COLUMNS = ("path", "sha256", "case", "exam", "laterality", "view", "density", "label", "calcifications", "lesions", "description")
NOTES = {True: ("Irregular spiculated mass.", "Ill defined mass."), False: ("Round circumscribed mass.", "Coarse calcifications.")}


@pytest.fixture(scope="module")
def model():
    return NoteModel.load()


@pytest.fixture
def made(tmp_path):
    """(checkpoint folder, data folder, rows): 240 images of either split, two a patient; 1 of 6 has no finding to describe."""
    rng, rows = np.random.default_rng(1), []
    for split in ("validation", "test"):
        for n in range(240):
            bad = bool(rng.random() < 0.4)
            told = NOTES[bad if rng.random() < 0.75 else not bad][rng.integers(2)]
            note = told if bad or rng.random() < 0.75 else "No finding."
            rows.append(
                {
                    "sha256": f"{split}{n}",
                    "patient": f"{split}p{n // 2}",
                    "split": split,
                    "source": "phantom",
                    "label": "malignant" if bad else "benign",
                    "description": note,
                    "z": rng.normal(0.9 * bad, 1),
                }
            )
    folder, data = tmp_path / "phantom-triage", tmp_path / "data"
    folder.mkdir()
    data.mkdir()
    shutil.copy(SHIPPED / "card.json", folder)
    z = np.array([r["z"] for r in rows])
    write_predictions(folder, table(rows, np.stack([np.zeros_like(z) - 9, np.zeros_like(z), z], 1), TRIAGE))
    with open(data / "phantoms.csv", "w", newline="") as f:
        writer = csv.DictWriter(f, COLUMNS, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows({**r, "path": f"{r['sha256']}.dcm", "exam": r["patient"], "density": 1, "lesions": "[]"} for r in rows)
    return folder, data, pd.DataFrame(rows)


def test_two_scores_by_hand():
    # log odds of 0.8 and 0.5 are ln 4 and 0: ½ ln 4 = ln 2, and 2 : 1 are the odds of ⅔. A score of 1 has no log odds; it is cut.
    assert combine((0.0, 0.5, 1.0), 0.8, 0.5) == pytest.approx(2 / 3)
    assert combine((0.0, 0.5, 1.0), np.array([0.8, 0.8]), np.array([0.5, np.nan])) == pytest.approx([2 / 3, 0.8])
    assert 0.99 < combine((0.0, 1.0, 1.0), 1.0, 0.5) < 1


def test_figures_agree_with_scikit_learn(made, model):
    folder, data, rows = made
    found = fuse(folder, data, model)
    card = read_card(folder)
    notes = np.array([np.nan if n == "No finding." else model.read(n).score for n in rows["description"]])
    z = rows["z"].to_numpy() / card.temperature
    image = 1 / (1 + np.exp(-z) + np.exp(-z - 9 / card.temperature))
    truth = (rows["label"] == "malignant").to_numpy()
    x = np.log(np.stack([image / (1 - image), notes / (1 - notes)], 1))
    told, test = np.isfinite(notes), (rows["split"] == "test").to_numpy()
    by_hand = LogisticRegression(max_iter=1000).fit(x[told & ~test], truth[told & ~test])
    assert [found.intercept, found.image, found.note] == pytest.approx([*by_hand.intercept_, *by_hand.coef_[0]], abs=1e-4)
    both = by_hand.predict_proba(np.nan_to_num(x))[:, 1]
    among, everyone = told & test, np.where(told, both, image)
    for who, score in (("image", image), ("note", notes), ("both", both)):
        assert found.figures["described"][who]["auroc"].value == pytest.approx(roc_auc_score(truth[among], score[among]), abs=1e-6)
        assert found.figures["described"][who]["brier"].value == pytest.approx(brier_score_loss(truth[among], score[among]), abs=1e-4)
    assert found.figures["all"]["both"]["auroc"].value == pytest.approx(roc_auc_score(truth[test], everyone[test]), abs=1e-6)
    called = np.where(told, both >= found.threshold, image >= card.threshold)
    assert found.figures["all"]["both"]["sensitivity"].value == pytest.approx(recall_score(truth[test], called[test]), abs=1e-6)
    assert found.n["test"]["images"] == 240 > found.n["test"]["described"] == among.sum()
    assert found.n["test"]["patients"] == 120
    # Two weak and independent scores are better together, and the paired difference says how surely.
    e = found.differences["described"]["both less image"]
    assert 0 < e["auroc"]["low"] < e["auroc"]["value"] < e["auroc"]["high"]
    assert e["delong"]["difference"] == pytest.approx(e["auroc"]["value"])
    assert "alike" in e["delong"]["note"]
    assert set(found.figures["all"]) == {"image", "both"}  # without a note there is no score of one


def test_the_test_part_decides_nothing(made, model):
    folder, data, _ = made
    before = fuse(folder, data, model)
    frame = read_predictions(folder, TRIAGE)
    test = frame["split"] == "test"
    frame.loc[test, "label"] = frame.loc[test, "label"].map({"malignant": "benign", "benign": "malignant"})
    write_predictions(folder, frame)
    after = fuse(folder, data, model)
    assert (after.intercept, after.image, after.note, after.threshold) == (before.intercept, before.image, before.note, before.threshold)
    assert after.figures["described"]["image"]["auroc"].value == pytest.approx(1 - before.figures["described"]["image"]["auroc"].value)


def test_exchanged_notes_are_worth_less(made, model):
    folder, data, _ = made
    found = fuse(folder, data, model)
    assert found.control["exchanged"] == EXCHANGED_SHARE
    assert found.control["figures"]["note"]["auroc"]["value"] < found.figures["described"]["note"]["auroc"].value
    assert found.control["figures"]["image"]["auroc"]["value"] == found.figures["described"]["image"]["auroc"].value
    assert found.control["note"] < found.note


def test_notes_of_films_are_found_by_the_bytes_of_the_images(made, model, monkeypatch):
    folder, data, rows = made
    items, names = [], {}
    for n, r in rows.iterrows():
        content = f"image {n}".encode()
        (data / f"{n}.png").write_bytes(content)
        names[r["sha256"]] = sha256_bytes(content)
        items.append(Item(f"{n}.png", r["label"], r["patient"], "CBIS-DDSM", note=r["description"]))
    frame = read_predictions(folder, TRIAGE).assign(source="CBIS-DDSM")
    frame["sha256"] = frame["sha256"].map(names)
    write_predictions(folder, frame)
    expected = fuse_without_images(monkeypatch, folder, data, items[:-1], model)
    assert expected.n["test"]["images"] == 239  # what the folder does not hold is left out
    assert any("official training part" in limit for limit in expected.limits)


def fuse_without_images(monkeypatch, folder, data, items, model):
    monkeypatch.setattr(fusing, "open_folder", lambda *_: Manifest(data, TRIAGE, tuple(items), terms=""))
    return fuse(folder, data, model)


def test_what_cannot_be_fitted_says_why(made, model, tmp_path):
    folder, data, _ = made
    frame = read_predictions(folder, TRIAGE)
    write_predictions(folder, frame.assign(sha256="other " + frame["sha256"]))
    with pytest.raises(DataError, match="holds none of the images"):
        fuse(folder, data, model)
    write_predictions(folder, frame[(frame["split"] == "test") | (frame["label"] == "benign")])
    with pytest.raises(DataError, match="Of the validation images with a note that can be scored 0 are positive"):
        fuse(folder, data, model)
    card = read_json(folder / "card.json")
    card["data"]["synthetic"] = False
    write_json(folder / "card.json", card)
    with pytest.raises(DataError, match="--data DIR"):
        fuse(folder, None, model)
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        fuse(tmp_path / "none", None, model)


def test_phantoms_are_described_again_from_their_names():
    view = draw(plan_exam(4, 2), "R", "MLO", "small")
    assert phantom_note(view.case) == view.description
    frame = read_predictions(SHIPPED, TRIAGE)
    said = frame["case"].map(phantom_note)
    assert (said.str.contains("no finding") == (frame["label"] == "normal")).all()
    with pytest.raises(DataError, match="not the name of a phantom"):
        phantom_note("mammogram")


def test_the_shipped_fusion_is_what_its_files_give(model):
    card = read_card(SHIPPED)
    shipped, again = read_fusion(SHIPPED, card, model.card), fuse("phantom-triage", None, model)
    assert [again.intercept, again.image, again.note] == pytest.approx([shipped.intercept, shipped.image, shipped.note], abs=1e-3)
    for who in ("image", "note", "both"):
        one, other = (f.figures["described"][who]["auroc"].value for f in (shipped, again))
        assert one == pytest.approx(other, abs=1e-4)
    assert shipped.n == again.n
    assert PHANTOM_NOTES in shipped.limits
    assert shipped.figures["all"]["image"]["auroc"].value == pytest.approx(card.metrics["auroc"].value)


def test_a_fusion_is_for_its_two_models_alone(made, model, tmp_path):
    folder, data, _ = made
    card = read_card(folder)
    with pytest.raises(CheckpointError, match="No combination of phantom-triage with notes"):
        read_fusion(folder, card, model.card)
    fusion = fuse(folder, data, model)
    write_fusion(folder, fusion)
    assert read_fusion(folder, card, model.card) == fusion
    assert fusion.combine(0.3, None) == 0.3
    assert fusion.combine(0.3, 0.9) > fusion.combine(0.3, 0.1)
    other = card.model_copy(update={"weights": card.weights.model_copy(update={"sha256": "0"})})
    with pytest.raises(CheckpointError, match="other weights"):
        read_fusion(folder, other, model.card)
    with pytest.raises(CheckpointError, match="another model of notes"):
        read_fusion(folder, card, model.card.model_copy(update={"trees_sha256": "0"}))
    (folder / "fusion.json").write_text("{}")
    with pytest.raises(CheckpointError, match="is not valid"):
        read_fusion(folder, card, model.card)


def test_another_question_is_named(made, model):
    folder = made[0]
    card = read_card(folder)
    asks = card.model_copy(update={"label_space": card.label_space.model_copy(update={"positive": "abnormal"})})
    limits = fusing._limits(asks, read_predictions(folder, TRIAGE), model)
    assert OTHER_QUESTION.format("abnormal") in limits
    assert not any("two questions" in x for x in fusing._limits(card, read_predictions(folder, TRIAGE), model))


def test_the_command_prints_each_alone_and_both(made, capsys, tmp_path):
    folder, data, _ = made
    assert main(["notes", "fuse", str(folder), "--data", str(data), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "a proxy" in said.splitlines()[0]
    assert "both less image" in said
    assert "30% of the notes exchanged" in said
    assert main(["notes", "fuse", str(folder), "--data", str(data), "--out", str(tmp_path / "out"), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert Fusion.model_validate(printed) == Fusion.model_validate(read_json(tmp_path / "out" / "fusion.json"))
