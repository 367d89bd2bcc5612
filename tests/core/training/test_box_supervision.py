"""A head fitted to boxes finds planted lesions, knows which cells tell nothing, and does not trust its own training images."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import roc_auc_score

from core.datasets.cache import Place
from core.datasets.manifest import Item, Manifest
from core.errors import DataError, RecipeError
from core.imaging.breast import Box
from core.imaging.input import Geometry
from core.labels import CALCIFICATION, DENSITY8
from core.models.architectures import CamLayer
from core.training.box_supervision import UNKNOWN, cell_truth, fit_to_boxes
from core.training.data import Data
from core.training.experiment import first_model
from core.training.fabric import fabric_of
from core.training.loaders import in_order
from core.training.recipe import load_recipe
from core.training.trainer import predict

SIZE = (160, 128)
CHANGES = ["pretrained=false", "recalibrate_batchnorm=false", f"input.size=[{SIZE[0]},{SIZE[1]}]", "batch_size=8"]


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SECOND_READER_CACHE", str(tmp_path / "grids"))


def images(recipe, n=96, planted=True):
    """Noise; a patient in three is healthy, the others' images bear a patch of stripes (benign) or of checks (malignant) in a box."""
    rng, items, grids = np.random.default_rng(0), [], []
    space = recipe.space
    for k in range(n):
        grid, label, rois = rng.normal(30000, 3000, SIZE), space.classes[k % len(space.classes)], ()
        if label != space.classes[0]:
            top, left = rng.integers(8, SIZE[0] - 56), rng.integers(8, SIZE[1] - 56)
            rois = ((int(top), int(left), int(top) + 48, int(left) + 48, "CIRC"),)
            if planted:
                rows, cols = np.mgrid[:48, :48] // 4
                grid[top : top + 48, left : left + 48] += 15000 * ((rows if label == "benign" else rows + cols) % 2)
        split = ("test", "validation", "train", "train")[k // 2 % 4]
        items.append(Item(f"{k}.png", label, f"patient {k // 2}", "planted", split, rois=rois))
        grids.append(grid.clip(0, 65535).astype(np.uint16))
    whole = Box(0, 0, *SIZE)
    places = (Place(Geometry(SIZE, whole, False, whole, SIZE), None),) * n
    manifest = Manifest(Path(), space, tuple(items), "ours")
    return Data(manifest, np.stack(grids), recipe.input, manifest.targets(), places)


def unboxed(data, label):
    items = tuple(dataclasses.replace(i, rois=() if i.label == label else i.rois) for i in data.manifest.items)
    return dataclasses.replace(data, manifest=dataclasses.replace(data.manifest, items=items))


def awake(model, part):
    """Random weights let the signal die away from stage to stage; norms that know it keep it alive."""
    for m in model.trunk.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.momentum = 1.0
    with torch.no_grad():
        model.train().trunk(torch.from_numpy(np.stack([part[k][0] for k in range(24)])))


def fitted(folder, changes=(), **how):
    recipe = load_recipe("mias-triage", [*CHANGES, *changes])
    data, fabric = images(recipe, **how), fabric_of()
    model, _ = first_model(recipe, data.part("train"))
    awake(model, data.part("train"))
    before = {k: v.clone() for k, v in model.trunk.state_dict().items()}
    fit_to_boxes(fabric, model, data, folder, seed=recipe.seed, class_weights=recipe.class_weights, batch_size=8)
    assert all(torch.equal(v, before[k]) for k, v in model.trunk.state_dict().items())
    logits, truth = predict(fabric, model, in_order(data.part("test"), 8))
    return logits, truth, pd.read_csv(folder / "history.csv")


def test_planted_lesions_are_classified(tmp_path):
    logits, truth, history = fitted(tmp_path)
    assert (logits.argmax(1) == truth).mean() > 0.6  # a third by chance
    assert list(history["split"]) == ["train", "validation"]
    assert history["auroc"].min() > 0.8


def test_two_classes_do_as_well(tmp_path):
    logits, truth, _ = fitted(tmp_path, ["label_space=tumour"])
    assert roc_auc_score(truth, logits[:, 1]) > 0.9


def test_a_fit_that_was_cut_off_begins_anew(tmp_path):
    (tmp_path / "history.csv").write_text("rows of the fit before\n")
    _, _, history = fitted(tmp_path)
    assert list(history["split"]) == ["train", "validation"]


def test_images_are_scored_by_other_patients_cells(tmp_path):
    """On noise an image's own cells would know its label by heart; the training row says that nothing was learned."""
    _, _, history = fitted(tmp_path, planted=False)
    assert history.loc[history["split"] == "train", "auroc"].item() < 0.75


def test_cells_are_healthy_lesion_or_unknown():
    recipe = load_recipe("mias-triage", CHANGES)
    data = images(recipe, n=6)
    layer, shape = CamLayer("", 4), (SIZE[0] // 4, SIZE[1] // 4)
    assert (cell_truth(data, 0, layer, shape) == 0).all()
    truth, (top, left, *_) = cell_truth(data, 2, layer, shape), data.manifest.items[2].rois[0]
    middle = round((top + 24) / 4), round((left + 24) / 4)
    assert truth[middle] == 2
    assert truth[middle[0] - 5, middle[1]] == 2
    assert truth[middle[0] - 8, middle[1]] == UNKNOWN  # 32 pixels from the centre, of a radius of 24
    assert (truth == 2).sum() == pytest.approx(np.pi * 24**2 / 16, rel=0.1)
    assert (truth == 0).any()


def test_a_lesion_without_a_box_says_nothing_of_any_cell():
    recipe = load_recipe("mias-triage", CHANGES)
    data = images(recipe, n=6)
    data = unboxed(data, "malignant")
    assert (cell_truth(data, 2, CamLayer("", 4), (40, 32)) == UNKNOWN).all()


def test_what_cannot_be_fitted_is_said(tmp_path):
    with pytest.raises(RecipeError, match="judges cells"):
        load_recipe("mias-triage", ["architecture=resnet18"])
    recipe = load_recipe("mias-triage", CHANGES)
    data = images(recipe)
    items = tuple(
        Item(i.path, i.label, i.patient, i.source, i.split, rois=i.rois if i.label == "benign" else ()) for i in data.manifest.items
    )
    data = Data(Manifest(Path(), recipe.space, items, "ours"), data.grids, data.spec, data.truth, data.places)
    model, _ = first_model(recipe, data.part("train"))
    with pytest.raises(DataError, match="shows malignant"):
        fit_to_boxes(fabric_of(), model, data, tmp_path, seed=0, class_weights=True, batch_size=8)
    for space in (CALCIFICATION, DENSITY8):
        other = dataclasses.replace(data, manifest=dataclasses.replace(data.manifest, space=space))
        with pytest.raises(DataError, match="healthy tissue, triage or tumour"):
            fit_to_boxes(fabric_of(), model, other, tmp_path, seed=0, class_weights=True, batch_size=8)
