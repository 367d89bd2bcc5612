"""A recipe of one's own, and the way of a run into the checkpoints folder."""

import json
import shutil
from pathlib import Path

import pytest

from core.cli.main import main
from core.datasets.phantom import make
from core.datasets.sources import open_folder
from core.errors import CheckpointError, RecipeError
from core.models.card import read_card, write_card
from core.models.checkpoint import load
from core.training import promotion
from core.training.experiment import train
from core.training.own_recipe import IMAGENET, RANDOM, recipe_for, starting_points
from core.training.recipe import load_recipe

TINY = ["pretrained=false", "input.size=[96,64]", "folds=3", "batch_size=4", "architecture=cancerdetectnet", "recalibrate_batchnorm=false"]
WAIVER = "a dozen exams are too few for the usual checks"


@pytest.fixture(scope="module")
def exams(tmp_path_factory):
    return make(tmp_path_factory.mktemp("phantoms") / "p", 12, 3, size="small", formats=("png",))


@pytest.fixture(scope="module")
def trained(exams, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECOND_READER_CACHE", str(tmp_path_factory.getbasetemp() / "grids"))
        recipe = load_recipe("phantom-triage", [*TINY, "epochs=2"])
        return train(recipe, exams, tmp_path_factory.mktemp("runs"), name="mine", waive=WAIVER)


@pytest.fixture
def finished(trained, tmp_path, monkeypatch):
    """A finished run of two epochs with a tiny test part, in a runs folder of its own."""
    monkeypatch.setenv("SECOND_READER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("SECOND_READER_CHECKPOINTS", str(tmp_path / "checkpoints"))
    return Path(shutil.copytree(trained, tmp_path / "runs" / "mine"))


def changed(folder, **values):
    write_card(folder, read_card(folder).model_copy(update=values))


def losses(folder, *values):
    rows = "".join(f"{n},train,{v},0,0,0,0.5,0.1,1\n{n},validation,{v},0,0,0,0.5,0.1,1\n" for n, v in enumerate(values, 1))
    (folder / "history.csv").write_text("epoch,split,loss,accuracy,precision,recall,auroc,lr,seconds\n" + rows)


def test_problems_are_found_and_a_sound_run_has_none(finished):
    data = read_card(finished).data
    changed(finished, temperature=1.0, data=data.model_copy(update={"images": {"test": 30}}))
    losses(finished, 0.9, 0.8)
    assert promotion.problems(finished) == ()
    losses(finished, 0.9, 0.9)
    assert ["loss did not fall" in p for p in promotion.problems(finished)] == [True]
    losses(finished, 0.9)
    assert len(promotion.problems(finished)) == 1  # one epoch shows no fall
    losses(finished, 0.9, 0.8)
    for bound in (0.0500001, 19.9999):
        changed(finished, temperature=bound)
        assert ["at its bound" in p for p in promotion.problems(finished)] == [True]
    changed(finished, temperature=1.0, data=data.model_copy(update={"images": {"test": 29}}))
    assert ["29 images" in p for p in promotion.problems(finished)] == [True]


def test_promotion_needs_a_reason_which_the_card_repeats(finished, tmp_path, capsys):
    assert main(["promote", "mine"]) == 1
    said = capsys.readouterr().err
    assert "--waive" in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "checkpoints" / "mine").exists()
    assert main(["promote", "mine", "--name", "other", "--waive", "a test"]) == 0
    target = tmp_path / "checkpoints" / "other"
    card = read_card(target)
    assert card.name == "other"
    assert card.limits[-1].endswith("Reason: a test")
    assert promotion.problems(finished)[0] in card.limits[-1]
    assert json.loads((target / "report.json").read_text())["checkpoint"] == "other"
    load(target)
    with pytest.raises(CheckpointError, match="already"):
        promotion.promote(finished, "other", waiver="a test")
    for name in ("Mine", "a b", "-"):
        with pytest.raises(CheckpointError, match="is no name"):
            promotion.promote(finished, name, waiver="a test")


def test_an_altered_run_is_not_promoted(finished):
    (finished / "weights.safetensors").write_bytes(b"x")
    with pytest.raises(CheckpointError, match="not those"):
        promotion.promote(finished, waiver="a test")
    (finished / "report.json").unlink()
    with pytest.raises(CheckpointError, match=r"lacks report\.json"):
        promotion.promote(finished, waiver="a test")
    with pytest.raises(CheckpointError, match="no finished run"):
        promotion.find_finished("nothing")


def test_an_own_recipe_says_nothing_of_other_data(exams):
    base, manifest = load_recipe("roboflow-tumour"), open_folder(exams)
    recipe = recipe_for(manifest, base, "my-own", RANDOM, epochs=4)
    assert (recipe.name, recipe.epochs, recipe.label_space) == ("my-own", 4, manifest.space.name)
    assert "12 patients" in recipe.summary
    assert not set(recipe.limits) & set(base.limits)
    assert (recipe.pretrained, recipe.unfreeze) == (False, None)  # no frozen stage of random weights
    assert (recipe.lr, recipe.input) == (base.lr, base.input)
    assert recipe_for(manifest, base, "my-own", IMAGENET).pretrained is True
    other = recipe_for(manifest, base, "my-own", "timm:tf_efficientnet_lite0")
    assert (other.architecture, other.pretrained, other.unfreeze) == ("timm:tf_efficientnet_lite0", True, None)


def test_a_start_from_a_checkpoint_keeps_its_terms_and_not_its_limits(exams):
    manifest = open_folder(exams)
    assert {"roboflow-tumour", "mias-tissue", RANDOM} <= set(starting_points("mobilenet_v2"))
    assert [s for s in starting_points("cancerdetectnet") if not s.startswith("timm:")] == [RANDOM]  # others depend on what is installed
    recipe = recipe_for(manifest, load_recipe("mias-tissue"), "mine", "roboflow-tumour")
    card = read_card(promotion.checkpoints_folder() / "roboflow-tumour")
    assert recipe.pretrained.endswith("roboflow-tumour")
    assert not set(recipe.limits) & set(card.limits)
    assert card.licence in recipe.limits[-1]
    with pytest.raises(RecipeError, match="mobilenet_v2"):
        recipe_for(manifest, load_recipe("cancerdetectnet"), "mine", "roboflow-tumour")
    with pytest.raises(RecipeError, match="name"):
        recipe_for(manifest, load_recipe("mias-tissue"), "My own", RANDOM)
