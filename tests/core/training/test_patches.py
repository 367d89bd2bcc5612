"""Patches show what they are called, healthy ones touch no lesion, and what is cut depends on seed, epoch and index alone."""

import dataclasses

import cv2
import numpy as np
import pytest
import torch

from core.datasets import phantom
from core.datasets.cache import cached_grids, cached_places
from core.datasets.phantom import make
from core.datasets.sources import open_folder
from core.datasets.split import assign
from core.errors import DataError, RecipeError
from core.imaging.breast import Box
from core.imaging.input import Geometry
from core.labels import CALCIFICATION, CALCIFICATION4, DENSITY8, TISSUE, TRIAGE, TUMOUR
from core.training.data import Data, prepare
from core.training.experiment import train
from core.training.loaders import shuffled
from core.training.optimisation import class_weights
from core.training.patches import CENTRES, MARGIN, Patches, Spot, cut, healthy_centres, label_of_box, on_grid, patches_of
from core.training.recipe import Augmentation, load_recipe
from core.training.resume import Progress

WAIVER = "a few exams are too few for the usual checks"
SMALL = ["pretrained=false", "input.size=[256,192]", "patch_size=[64,48]", "folds=3", "batch_size=8", "seed=0"]


@pytest.fixture(scope="module")
def exams(tmp_path_factory):
    return make(tmp_path_factory.mktemp("phantoms") / "p", 16, 121, size="small", formats=("png",))


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("SECOND_READER_CACHE", str(tmp_path_factory.getbasetemp() / "grids"))


@pytest.fixture(scope="module")
def prepared(exams, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECOND_READER_CACHE", str(tmp_path_factory.getbasetemp() / "grids"))
        recipe = load_recipe("phantom-triage", [*SMALL, "patch_epochs=2", "epochs=4"])
        return recipe, prepare(recipe, exams, waive=WAIVER)


@pytest.mark.parametrize("flipped", [False, True])
def test_boxes_find_their_pixels_on_the_grid(flipped):
    geometry = Geometry((200, 100), Box(20, 10, 180, 90), flipped, Box(0, 0, 80, 40), (80, 60))
    top, left, bottom, right = on_grid((60, 30, 80, 50), geometry)
    assert (top, bottom) == (20, 30)
    assert (left, right) == ((20, 30) if flipped else (10, 20))


def test_the_lesion_lies_in_its_patch(exams, prepared):
    """The planted masks, put on the grids in place of the images: each lesion patch holds its lesion's middle."""
    recipe, data = prepared
    real = patches_of(data, recipe.patch_size, recipe.augmentation)
    boxes = np.zeros(data.grids.shape, np.uint16)
    for spot in real.spots[0]:
        t, x, b, r = (round(v) for v in spot.box)
        boxes[spot.grid, t : max(b, t + 1), x : max(r, x + 1)] = 65535
    augmentation = Augmentation(recipe.augment.model_copy(update={"gamma": 0.0}), recipe.seed)
    drawn = Patches(boxes, *real.spots, real.n, space=TRIAGE, spec=recipe.input, size=recipe.patch_size, augmentation=augmentation)
    for epoch in range(3):
        drawn.start_epoch(epoch)
        seen = np.array([drawn[i][0].max() for i in range(len(drawn))])
        assert (seen[0::2] > 0.4).all()  # lesions, after mean and std
        assert (seen[1::2] == seen.min()).all()  # healthy tissue: nothing of any box


def test_boxes_hold_the_drawn_lesions_on_real_grids(exams, prepared):
    """The image with its lesion less the same patient's image without it: what differs lies in the box."""
    recipe, data = prepared
    for spot in patches_of(data, recipe.patch_size, recipe.augmentation).spots[0][:6]:
        item = data.manifest.items[spot.grid]
        exam = phantom.plan_exam(121, int(item.patient.split("-")[1]))
        with_it, without = (phantom.draw(exam, item.laterality, item.view, "small", with_lesion=w).pixels for w in (True, False))
        changed = np.abs(with_it.astype(float) - without).astype(np.float32)
        g = data.places[spot.grid].geometry
        part = changed[g.crop.top : g.crop.bottom, g.crop.left : g.crop.right]
        part = cv2.resize(part[:, ::-1] if g.flipped else part, (g.placed.width, g.placed.height), interpolation=cv2.INTER_AREA)
        t, x, b, r = (round(v) for v in spot.box)
        inside = part[max(0, t - g.placed.top - 1) : b - g.placed.top + 1, max(0, x - g.placed.left - 1) : r - g.placed.left + 1].sum()
        assert inside > 0.6 * part.sum()


def test_half_show_lesions_and_are_called_after_them(prepared):
    recipe, data = prepared
    patches = patches_of(data, recipe.patch_size, recipe.augmentation)
    items, train = data.manifest.items, data.manifest.part("train")
    assert len(patches) == len(train)
    assert all(items[s.grid].split == "train" for spots in patches.spots for s in spots)
    assert all(s.label == items[s.grid].label for s in patches.spots[0])
    assert {s.label for s in patches.spots[1]} == {"normal"}
    truth = patches.truth
    assert (truth[0::2] != TRIAGE.index("normal")).all()
    assert (truth[1::2] == TRIAGE.index("normal")).all()
    assert [int(patches[i][1]) for i in range(8)] == truth[:8].tolist()
    x, _ = patches[0]
    assert x.shape == (3, 64, 48)
    assert x.dtype == np.float32


def test_what_is_cut_depends_on_seed_epoch_and_index_alone(prepared):
    recipe, data = prepared
    patches, again = patches_of(data, recipe.patch_size, recipe.augmentation), patches_of(data, recipe.patch_size, recipe.augmentation)
    first = [patches[i][0] for i in (3, 0, 1)]
    assert all(np.array_equal(a, again[i][0]) for a, i in zip(first, (3, 0, 1), strict=True))
    again.start_epoch(1)
    assert not np.array_equal(first[1], again[0][0])
    other = patches_of(data, recipe.patch_size, Augmentation(recipe.augment, seed=1))
    assert not np.array_equal(first[1], other[0][0])


def test_epochs_share_the_lesions_that_one_has_no_time_for(prepared):
    recipe, _ = prepared
    many = [Spot(k, "benign", (10, 10, 20, 20)) for k in range(20)]
    healthy = [Spot(0, "normal", None, np.array([[99, 99]]))]
    rest = {"space": TRIAGE, "spec": recipe.input, "size": recipe.patch_size, "augmentation": recipe.augmentation}
    patches = Patches(np.zeros((20, 256, 192), np.uint16), many, healthy, 10, **rest)
    seen = []
    for epoch in range(4):
        patches.start_epoch(epoch)
        seen += [patches.spots[0][patches._turn(i)[1]].grid for i in range(0, 10, 2)]
    assert sorted(seen) == list(range(20))


def test_processes_share_the_batches_of_patches(prepared):
    recipe, data = prepared
    patches = patches_of(data, recipe.patch_size, recipe.augmentation)
    batches = shuffled(patches, 8, seed=0)
    shared = [shuffled(patches, 8, seed=0, rank=r, world=2) for r in (0, 1)]
    x, y = next(iter(batches))
    halves = [next(iter(b)) for b in shared]
    assert torch.equal(torch.cat([h[1] for h in halves]).sort().values, y.sort().values)
    assert x.shape[1:] == (3, 64, 48)


def test_labels_of_boxes():
    assert label_of_box("round mass", "benign", TRIAGE) == "benign"
    assert label_of_box("round mass", "malignant", TRIAGE) is None  # another lesion made the image malignant
    assert label_of_box("mask", "malignant", TRIAGE) == "malignant"
    assert label_of_box("spiculated mass", "tumour", TUMOUR) == "tumour"
    assert label_of_box("round mass", "no tumour", TUMOUR) == "no tumour"
    assert label_of_box("spiculated mass", "Density2Malignant", DENSITY8) == "Density2Malignant"
    assert label_of_box("spiculated mass", "fatty", TISSUE) is None
    assert label_of_box("amorphous calcifications", "macro amorphous", CALCIFICATION) == "amorphous"
    assert label_of_box("round mass", "macro", CALCIFICATION) == ""
    assert label_of_box("mask", "macro micro", CALCIFICATION) == "macro micro"
    assert label_of_box("popcorn calcification", "macro", CALCIFICATION4) == "macro"
    assert label_of_box("round mass", "macro", CALCIFICATION4) is None


def test_one_of_four_has_no_healthy_class_and_images_without_boxes_give_nothing(exams, prepared):
    of_triage, triage = prepared
    of_triage = of_triage.patch_size, of_triage.augmentation
    recipe = load_recipe("calcifications4-resnet34", [*SMALL, "patch_epochs=1"])
    manifest = assign(open_folder(exams, CALCIFICATION4).waived(WAIVER), folds=3)
    assert any("that name none of the four" in t for t in manifest.traps)
    grids, places = cached_grids(manifest, recipe.input)[1], cached_places(manifest, recipe.input)
    patches = patches_of(Data(manifest, grids, recipe.input, manifest.targets(), places), recipe.patch_size, recipe.augmentation)
    assert len(patches.spots) == 1
    assert set(patches.truth.tolist()) <= set(range(4))
    bare = dataclasses.replace(
        triage, manifest=dataclasses.replace(triage.manifest, items=tuple(dataclasses.replace(i, rois=()) for i in triage.manifest.items))
    )
    with pytest.raises(DataError, match="No image of the training part"):
        patches_of(bare, *of_triage)
    one = next(k for k, i in enumerate(triage.manifest.items) if i.split == "train" and i.rois)
    items = tuple(i if k == one else dataclasses.replace(i, rois=()) for k, i in enumerate(triage.manifest.items))
    few = patches_of(dataclasses.replace(triage, manifest=dataclasses.replace(triage.manifest, items=items)), *of_triage)
    assert {s.grid for s in few.spots[0]} == {one}
    assert all(items[s.grid].label == "normal" or s.grid == one for s in few.spots[1])


def test_healthy_centres_keep_off_boxes_and_background():
    grid = np.zeros((256, 192), np.uint16)
    grid[30:220, :120] = 30000
    boxes = [(60.0, 20.0, 90.0, 50.0)]
    centres = healthy_centres(grid, boxes, (48, 32))
    assert 0 < len(centres) <= CENTRES
    assert grid[centres[:, 0], centres[:, 1]].mean() > 29000
    middle = np.maximum(centres, (24, 16))  # a patch at the border is moved onto the grid
    off = np.abs(middle - (75, 35)) - (15 + 24 * MARGIN, 15 + 16 * MARGIN)
    assert (off.max(1) > -1).all()
    assert len(healthy_centres(grid, [(0.0, 0.0, 256.0, 192.0)], (48, 32))) == 0


def test_a_cut_stays_on_the_grid_and_its_margin_is_black_beyond():
    grid = np.full((100, 80), 7, np.uint16)
    wide = cut(grid, 0, 0, (40, 20))
    assert wide.shape == (56, 28)
    assert (wide[8:48, 4:24] == 7).all()
    assert (wide[:8] == 0).all()
    assert (cut(grid, 50, 40, (40, 20)) == 7).all()
    assert (cut(grid, 50, 40, (100, 80))[20:120, 16:96] == 7).all()


def test_epochs_on_patches_leave_the_last_one_to_whole_grids():
    def patched(n, epochs):
        return load_recipe("phantom-triage", [f"patch_epochs={n}", f"epochs={epochs}"]).epochs_on_patches

    assert (patched(2, 5), patched(9, 5), patched(0, 5), patched(3, 1)) == (2, 4, 0, 0)
    with pytest.raises(RecipeError, match=r"patch_size.*does not fit the grid"):
        load_recipe("phantom-triage", ["patch_epochs=1", "patch_size=[512,64]"])


def test_a_patch_epoch_is_never_the_best_and_uses_up_no_patience():
    progress, model = Progress(), torch.nn.Linear(1, 1)
    progress.after_epoch(model, 0.9, False)
    assert (progress.epochs, progress.epochs_without_improvement, progress.state) == (1, 0, {})
    progress.after_epoch(model, 0.6)
    assert (progress.epochs, progress.epochs_without_improvement, progress.best) == (2, 0, 0.6)


def test_classes_without_a_patch_weigh_nothing():
    assert class_weights(np.array([1, 1, 2]), TRIAGE).tolist() == pytest.approx([0, 2 / 3, 4 / 3])


def test_training_says_how_fine_its_grid_is_and_which_epochs_saw_patches(tmp_path, capsys):
    """DICOM phantoms know the size of their pixels; patience 1 must not stop among patch epochs."""
    folder = make(tmp_path / "p", 9, 3, size="small", formats=("dicom",))
    changes = ["architecture=cancerdetectnet", "recalibrate_batchnorm=false", "epochs=4", "patch_epochs=3", "patience=1"]
    train(load_recipe("phantom-triage", [*SMALL, *changes]), folder, tmp_path / "out", waive=WAIVER)
    said = capsys.readouterr().out
    assert "One grid pixel covers" in said
    assert "known for 36 of 36 images" in said
    assert [line.split(":")[0] for line in said.splitlines() if line.startswith("epoch")] == [
        *(f"epoch {k} (patches)" for k in (1, 2, 3)),
        "epoch 4",
    ]
