"""Every shipped recipe takes a step on phantoms and leaves a whole checkpoint."""

import csv
import shutil

import numpy as np
import pytest

from core.datasets.phantom import make
from core.errors import CheckpointError, DataError, RecipeError
from core.evaluation.evaluation_report import load_report
from core.evaluation.predictions import logits_of, read_predictions
from core.evaluation.probes.perturbation_sweep import read_sweep
from core.evaluation.report import read_report
from core.folders import checkpoints_folder
from core.inference.out_of_distribution import TrainingNeighbours
from core.inference.perturbations import LARGE
from core.models.card import read_card
from core.models.checkpoint import load
from core.training.data import prepare
from core.training.evaluate import evaluate, save
from core.training.experiment import train
from core.training.history import COLUMNS
from core.training.recipe import load_recipe, parse_recipe, shipped_recipes

SMALL = ["pretrained=false", "epochs=1", "input.size=[96,64]", "folds=3"]
WAIVER = "a dozen exams are too few for the usual checks"


@pytest.fixture(scope="session")
def exams(tmp_path_factory):
    return make(tmp_path_factory.mktemp("phantoms") / "p", 12, 3, size="small", formats=("png",))


@pytest.fixture(scope="session")
def varied_exams(tmp_path_factory):
    """Exams of a seed under which each class of every label space occurs at least twice."""
    return make(tmp_path_factory.mktemp("varied") / "p", 24, 1875, size="small", formats=("png",))


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("SECOND_READER_CACHE", str(tmp_path_factory.getbasetemp() / "grids"))


@pytest.mark.parametrize("name", shipped_recipes())
def test_every_recipe_makes_a_checkpoint(name, varied_exams, tmp_path):
    patches = bool(load_recipe(name).patch_epochs)
    epochs = 2 if patches else 1  # one on patches, one on whole grids
    changes = [f"epochs={epochs}", "patch_size=[64,48]", *(["patch_epochs=1"] if patches else [])]
    folder = train(load_recipe(name, [*SMALL, "folds=8", *changes]), varied_exams, tmp_path, waive=WAIVER)
    card = read_card(folder)
    assert card.synthetic
    assert card.data.waiver == WAIVER
    assert card.initial_weights == "random"
    assert parse_recipe(card.recipe) == load_recipe(folder / "recipe.toml")
    with open(folder / "history.csv", newline="") as f:
        rows = list(csv.DictReader(f))
    assert tuple(rows[0]) == COLUMNS
    assert [r["split"] for r in rows] == ["train", "validation"] * epochs
    report = load_report(folder)
    assert report.waiver == WAIVER
    assert report.metrics == card.metrics


def test_predictions_are_those_of_the_saved_weights_and_evaluate_repeats_the_report(exams, tmp_path):
    folder = train(load_recipe("phantom-triage", [*SMALL, "architecture=vgg_bn_3"]), exams, tmp_path, waive=WAIVER, name="again")
    checkpoint = load(folder)
    frame = read_predictions(folder, checkpoint.card.label_space)
    assert set(frame["split"]) == {"validation", "test"}
    assert np.isfinite(logits_of(frame, checkpoint.card.label_space)).all()
    assert not frame["patient"].str.contains("-").any()  # opaque keys, not the exams' own names
    report = load_report(folder)
    again = evaluate(folder, exams)
    assert again.confusion == report.confusion
    for name, estimate in report.metrics.items():  # nine digits of the logits are written down
        assert again.metrics[name].value == pytest.approx(estimate.value, abs=1e-6)
    written, weights = (folder / "predictions.csv").read_bytes(), (folder / "weights.safetensors").read_bytes()
    assert save(folder, exams) == folder
    assert (folder / "predictions.csv").read_bytes() == written
    assert (folder / "weights.safetensors").read_bytes() == weights
    probed = read_report(folder)
    assert probed.metrics == report.metrics == read_card(folder).metrics
    assert {x.perturbation for x in probed.robustness} == {c.name for c in LARGE}
    assert {x.attribute for x in probed.shortcuts} == {"source", "view", "laterality", "density"}
    images = checkpoint.card.data.images
    assert len(read_sweep(folder)) == images["test"]
    assert len(TrainingNeighbours.read(folder).labels) == images["train"]
    with pytest.raises(RecipeError, match="finished checkpoint"):
        train(load_recipe("phantom-triage", SMALL), exams, tmp_path, name="again")
    fewer = shutil.copytree(exams, tmp_path / "fewer")
    rows = (fewer / "phantoms.csv").read_text().splitlines(keepends=True)
    (fewer / "phantoms.csv").write_text("".join(rows[:-4]))
    with pytest.raises(DataError, match="does not hold exactly the images"):
        evaluate(folder, fewer)
    with pytest.raises(DataError, match="does not hold exactly the images"):
        save(folder, fewer)
    assert evaluate(folder, fewer, split="all").test.images == 44


def test_the_same_seed_gives_the_same_weights(exams, tmp_path):
    recipe = load_recipe("phantom-triage", [*SMALL, "architecture=cancerdetectnet"])
    hashes = [read_card(train(recipe, exams, tmp_path, waive=WAIVER, name=n)).weights.sha256 for n in ("one", "two")]
    assert hashes[0] == hashes[1]


def test_what_cannot_be_learned_from_leaves_no_checkpoint(exams, tmp_path):
    with pytest.raises(DataError, match="12 patients were found in 48 images; three parts need 20"):
        train(load_recipe("phantom-triage", SMALL), exams, tmp_path / "a")
    wanting = [*SMALL, f"pretrained={tmp_path / 'none.safetensors'}"]
    with pytest.raises(CheckpointError, match="no weights at"):
        train(load_recipe("phantom-triage", wanting), exams, tmp_path / "b", waive=WAIVER)
    assert list(tmp_path.rglob("card.json")) == []


def test_weights_that_may_know_the_test_part_are_refused(varied_exams):
    start = f"pretrained={checkpoints_folder() / 'phantom-triage'}"
    recipe = load_recipe("phantom-triage", ["input.size=[96,64]", "folds=8", "seed=5", start])
    with pytest.raises(DataError, match="may know the test part"):
        prepare(recipe, varied_exams)
    assert prepare(recipe, varied_exams, waive="other phantoms than those it was trained on").manifest.waiver
