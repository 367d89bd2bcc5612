"""Keeping what frozen stages compute changes nothing but the time it takes."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from core.datasets.cache import clear_cache
from core.datasets.phantom import make
from core.errors import RecipeError
from core.models.architectures import build, split_at, unfreeze
from core.training.experiment import first_model, train, training_batches
from core.training.fabric import fabric_of
from core.training.frozen_features import FrozenMaps
from core.training.loaders import Grids, in_order
from core.training.recipe import load_recipe
from core.training.trainer import Trainer

KEYS = ["pretrained=false", "label_space=tumour", "balanced_sampling=false", "input.size=[64,48]", "batch_size=8", "folds=3", "dropout=0"]
DRAWS = [
    *KEYS,
    "unfreeze=2",
    "cached_augmentations=2",
    "epochs=4",
    "precision=32-true",
    "schedule=constant",
    "lr=1e-3",
    "weights_dtype=float32",
]


def grids_of(recipe, n=20, augmented=True):
    images = np.random.default_rng(0).integers(0, 65536, (n, *recipe.input.size)).astype(np.uint16)
    return Grids(images, np.arange(n), np.arange(n) % 2, recipe.input, recipe.augmentation if augmented else None)


@pytest.mark.parametrize("architecture", ["resnet18", "efficientnet_v2_s"])  # the second skips layers at random where they learn
def test_losses_and_weights_are_those_of_computing_everything_anew(architecture, tmp_path):
    recipe = load_recipe("mias-resnet18", [*DRAWS, f"architecture={architecture}"])
    losses, states, fabric = [], [], fabric_of()
    for kept in (False, True):
        data, still = grids_of(recipe), grids_of(recipe, 8, augmented=False)
        model, _ = first_model(recipe, still)
        frozen, learning = split_at(model, recipe.unfreeze)
        if kept:
            data, still = (FrozenMaps(d, frozen, fabric, tmp_path / "cache") for d in (data, still))
        folder = tmp_path / f"{kept}"
        folder.mkdir()
        still.start_epoch(0)
        trainer = Trainer(fabric, learning if kept else model, recipe, training_batches(data, recipe, fabric))
        trainer.fit(in_order(still, recipe.batch_size), folder)
        losses.append(pd.read_csv(folder / "history.csv").set_index(["epoch", "split"])["loss"])
        states.append(model.state_dict())
    pd.testing.assert_series_equal(*losses, rtol=2e-4)
    assert losses[0].nunique() == 8
    for name, value in states[0].items():
        torch.testing.assert_close(states[1][name], value, rtol=1e-2, atol=2e-3)


def test_frozen_stages_run_once_a_draw(tmp_path, monkeypatch):
    recipe = load_recipe("mias-resnet18", DRAWS)
    frozen, _ = split_at(build("resnet18", 2), 2)
    data, computed = FrozenMaps(grids_of(recipe), frozen, fabric_of(), tmp_path), []
    whole = FrozenMaps._compute
    monkeypatch.setattr(FrozenMaps, "_compute", lambda self, some: computed.append(len(some)) or whole(self, some))
    seen = []
    for epoch in range(4):
        before = len(computed)
        data.start_epoch(epoch)
        seen.append(torch.stack([data[i][0] for i in range(len(data))]))
        assert sum(computed[before:]) == (21 if epoch < 2 else 1)  # one image gives the maps' shape
    assert torch.equal(seen[0], seen[2])
    assert torch.equal(seen[1], seen[3])
    assert not torch.equal(seen[0], seen[1])
    worker = pickle.loads(pickle.dumps(data))
    assert torch.equal(worker[3][0], data[3][0])


def test_folds_share_the_maps_of_their_images(tmp_path, monkeypatch):
    recipe = load_recipe("mias-resnet18", [*DRAWS, "augment.minority_strength=1"])
    frozen, _ = split_at(build("resnet18", 2), 2)
    whole, computed, maps = FrozenMaps._compute, [], []
    monkeypatch.setattr(FrozenMaps, "_compute", lambda self, some: computed.append(len(some)) or whole(self, some))
    images = grids_of(recipe).grids
    for where in (np.arange(12), np.arange(6, 18)):
        data = FrozenMaps(Grids(images, where, where % 2, recipe.input, recipe.augmentation), frozen, fabric_of(), tmp_path)
        data.start_epoch(0)
        maps.append(torch.stack([data[i][0] for i in range(12)]))
    assert sum(computed) == 12 + 6 + 2  # one image of each call gives the shape
    assert torch.equal(maps[0][6:], maps[1][:6])
    assert maps[1][6:].abs().sum() > 0


def test_a_torn_draw_is_not_taken_and_clearing_removes_the_maps(tmp_path, monkeypatch):
    recipe = load_recipe("mias-resnet18", DRAWS)
    frozen, _ = split_at(build("resnet18", 2), 2)
    data = FrozenMaps(grids_of(recipe), frozen, fabric_of(), tmp_path)
    whole = FrozenMaps._compute
    with monkeypatch.context() as patch:
        patch.setattr(FrozenMaps, "_compute", lambda self, some: whole(self, some) if some[0] < 16 else 1 / 0)
        with pytest.raises(ZeroDivisionError):
            data.start_epoch(0)
    assert not list(tmp_path.glob("*.done"))
    data.start_epoch(0)
    assert data[19][0].abs().sum() > 0
    (kept,) = tmp_path.glob("*.maps")
    size = kept.stat().st_size
    (listed,) = tmp_path.glob("*.done")
    size += listed.stat().st_size
    assert clear_cache(tmp_path) == size > 0
    assert not list(tmp_path.glob("*.maps"))


def test_other_weights_images_or_changes_have_maps_of_their_own(tmp_path):
    recipe = load_recipe("mias-resnet18", DRAWS)
    torch.manual_seed(0)
    frozen, other = (split_at(build("resnet18", 2), 2)[0] for _ in range(2))
    fabric = fabric_of()

    def key(data, stages=frozen):
        return FrozenMaps(data, stages, fabric, tmp_path).key

    changed = [
        load_recipe("mias-resnet18", [*DRAWS, c])
        for c in ("augment.gamma=0.1", "seed=3", "input.filter=mean", "augment.minority_strength=1")
    ]
    images = grids_of(recipe)
    images.grids[4, 0, 0] ^= 1
    changed_stages = nn.Sequential(*frozen, nn.ReLU())  # same weights
    keys = [
        key(grids_of(recipe)),
        key(grids_of(recipe), other),
        key(grids_of(recipe), changed_stages),
        key(images),
        *(key(grids_of(c)) for c in changed),
    ]
    assert len(set(keys)) == len(keys)
    assert key(grids_of(recipe)) == keys[0]


def test_a_training_with_kept_maps_leaves_a_whole_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setenv("SECOND_READER_CACHE", str(tmp_path / "cache"))
    exams = make(tmp_path / "p", 12, 3, size="small", formats=("png",))
    recipe = load_recipe("mias-resnet18", [*DRAWS, "label_space=triage", "unfreeze=1", "epochs=2"])
    folder = train(recipe, exams, tmp_path, waive="a dozen exams are too few for the usual checks")
    first, _ = first_model(recipe, grids_of(recipe, augmented=False))
    state = load_file(folder / "weights.safetensors")
    same = {k: torch.equal(v, state[k]) for k, v in first.state_dict().items() if v.is_floating_point()}
    assert all(v for k, v in same.items() if k.startswith(("trunk.0", "trunk.1", "trunk.2", "trunk.3")))
    assert not any(v for k, v in same.items() if k.startswith(("trunk.4", "head")) and k.endswith("weight"))


@pytest.mark.parametrize("key", ["unfreeze_epoch=2", "patch_epochs=1", None])
def test_cached_augmentations_need_stages_that_stay_frozen(key):
    with pytest.raises(RecipeError, match="unfreeze"):
        load_recipe("mias-resnet18", ["cached_augmentations=4", "patch_size=[64,64]", *([key, "unfreeze=1"] if key else [])])


def test_splitting_keeps_modules_and_names():
    model = build("resnet18", 2)
    frozen, learning = split_at(model, 2)
    unfreeze(model, 2)
    assert {id(p) for p in learning.parameters()} == {id(p) for p in model.parameters() if p.requires_grad}
    assert set(learning.state_dict()) < set(model.state_dict())
    x = torch.rand(2, 3, 64, 64)
    model.eval()
    torch.testing.assert_close(learning(frozen(x)), model(x))
