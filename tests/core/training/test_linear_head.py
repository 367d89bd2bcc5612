"""A last layer fitted by logistic regression learns what the trunk shows, and leaves the trunk alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import roc_auc_score

from core.datasets.manifest import Item, Manifest
from core.errors import RecipeError
from core.training.data import Data
from core.training.experiment import first_model
from core.training.fabric import fabric_of
from core.training.linear_head import fit_linear_head
from core.training.loaders import in_order
from core.training.recipe import load_recipe
from core.training.trainer import predict

SIZE = (64, 48)
CHANGES = ["pretrained=false", "architecture=resnet18", f"input.size=[{SIZE[0]},{SIZE[1]}]"]


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SECOND_READER_CACHE", str(tmp_path / "grids"))


def images(recipe, n=96, planted=True):
    """Noise; the images of every second patient bear a checkerboard, or an empty label where nothing is planted."""
    rng, items, grids = np.random.default_rng(0), [], []
    for k in range(n):
        grid, positive = rng.normal(30000, 3000, SIZE), k // 2 % 2
        if positive and planted:
            rows, cols = np.mgrid[:24, :24] // 4
            grid[16:40, 8:32] += 15000 * ((rows + cols) % 2)
        split = ("test", "validation", "train", "train")[k // 4 % 4]
        items.append(Item(f"{k}.png", recipe.space.classes[positive], f"patient {k // 2}", "planted", split))
        grids.append(grid.clip(0, 65535).astype(np.uint16))
    manifest = Manifest(Path(), recipe.space, tuple(items), "ours")
    return Data(manifest, np.stack(grids), recipe.input, manifest.targets())


def fitted(folder, changes=(), **how):
    recipe = load_recipe("inbreast-suspicion", [*CHANGES, *changes])
    data, fabric = images(recipe, **how), fabric_of()
    model, _ = first_model(recipe, data.part("train"))
    before = {k: v.clone() for k, v in model.trunk.state_dict().items()}
    fit_linear_head(fabric, model, data, folder, recipe)
    assert all(torch.equal(v, before[k]) for k, v in model.trunk.state_dict().items())
    logits, truth = predict(fabric, model, in_order(data.part("test"), 8))
    return logits, truth, pd.read_csv(folder / "history.csv")


@pytest.mark.parametrize("architecture", ["resnet18", "lite0_deviation"])
def test_planted_patterns_are_classified(architecture, tmp_path):
    logits, truth, history = fitted(tmp_path, [f"architecture={architecture}"])
    assert roc_auc_score(truth, logits[:, 1] - logits[:, 0]) > 0.9
    assert list(history["split"]) == ["train", "validation"]
    assert history["auroc"].min() > 0.9


def test_validation_is_learned_from_and_scored_by_fits_without_its_patients(tmp_path):
    recipe = load_recipe("inbreast-suspicion", CHANGES)
    data, fabric = images(recipe, planted=False), fabric_of()
    model, _ = first_model(recipe, data.part("train"))
    held_out = fit_linear_head(fabric, model, data, tmp_path, recipe)
    by_heart, truth = predict(fabric, model, in_order(data.part("validation"), 8))
    assert held_out.shape == by_heart.shape
    assert roc_auc_score(truth, by_heart[:, 1] - by_heart[:, 0]) > 0.9  # noise that was learned
    assert roc_auc_score(truth, held_out[:, 1] - held_out[:, 0]) < 0.8
    logits, truth, _ = fitted(tmp_path, planted=False)
    assert 0.15 < roc_auc_score(truth, logits[:, 1] - logits[:, 0]) < 0.85


def test_changed_copies_are_learned_from_as_well(tmp_path):
    alone, together = tmp_path / "alone", tmp_path / "together"
    for folder in (alone, together):
        folder.mkdir()
    first, *_ = fitted(alone)
    second, truth, _ = fitted(together, ["cached_augmentations=2", "augment.noise=0.05"])
    assert not np.allclose(first, second)
    assert roc_auc_score(truth, second[:, 1] - second[:, 0]) > 0.9


def test_what_cannot_be_fitted_is_refused(tmp_path):
    with pytest.raises(RecipeError, match="not one linear layer"):
        fitted(tmp_path, ["architecture=mobilenet_v2_cells"])
    for change in ("unfreeze=2", "label_space=calcification"):
        with pytest.raises(RecipeError, match="logistic_head"):
            load_recipe("inbreast-suspicion", [change])
