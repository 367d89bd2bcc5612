"""What a model is trained on is what it is served."""

import cv2
import numpy as np
import torch
from torch.utils.data import BatchSampler

from core.datasets.cache import cached_grids
from core.datasets.sources import open_folder
from core.imaging.filters import FILTERS
from core.labels import CALCIFICATION, TRIAGE
from core.scans import read_scan
from core.training.augment import augment
from core.training.loaders import Grids, Order, in_order, shuffled
from core.training.optimisation import class_weights
from core.training.recipe import Augment, load_recipe


def folder_of_mammograms(root, n=6):
    rows, cols = np.mgrid[:160, :120]
    for k in range(n):
        breast = ((rows - 80) / 70) ** 2 + (cols / (60 + 5 * k)) ** 2 < 1
        image = np.where(breast, 20000 + 200 * cols + np.random.default_rng(k).integers(0, 9000, rows.shape), 300).astype(np.uint16)
        path = root / ("normal", "benign", "malignant")[k % 3] / f"{k}_1.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), image[:, ::-1] if k % 2 else image)
    return root


def test_training_bytes_equal_serving_bytes_for_every_filter(tmp_path):
    root = folder_of_mammograms(tmp_path / "data")
    for name in FILTERS:
        recipe = load_recipe("phantom-triage", ["input.size=[64,48]", f"input.filter={name}"])
        manifest, grids = cached_grids(open_folder(root), recipe.input, folder=tmp_path / "cache")
        data = Grids(grids, np.arange(6), np.zeros(6, np.int64), recipe.input)
        batch = next(iter(in_order(data, recipe.batch_size)))[0]
        for item, x in zip(manifest.items, batch, strict=True):
            served, _ = recipe.input.prepare(read_scan((root / item.path).read_bytes()))
            assert x.numpy().tobytes() == served.tobytes()


def grid_of(rows=64, cols=48):
    return np.random.default_rng(0).integers(0, 65536, (rows, cols)).astype(np.uint16)


def test_limits_of_zero_change_nothing():
    still = Augment(rotation=0, scale=0, shift=0, gamma=0)
    out = augment(grid_of(), still, np.random.default_rng(0))
    np.testing.assert_allclose(out, grid_of() / 65535, atol=1e-4)


def test_augmentation_keeps_to_its_bounds_and_the_chest_wall_at_the_left():
    grid = np.zeros((64, 48), np.uint16)
    grid[20:44, :30] = 40000
    for seed in range(20):
        out = augment(grid, Augment(noise=0.05), np.random.default_rng(seed))
        assert out.dtype == np.float32
        assert 0 <= out.min() <= out.max() <= 1
        assert out[:, :24].sum() > 2 * out[:, 24:].sum()  # never mirrored
        assert np.abs(out * 65535 - grid).max() > 1000


def recipe_and_data(truth, *changes):
    recipe = load_recipe("phantom-triage", ["input.size=[64,48]", "batch_size=8", *changes])
    grids = np.stack([grid_of()] * len(truth))
    return recipe, Grids(grids, np.arange(len(truth)), truth, recipe.input, recipe.augmentation)


def test_augmentation_is_decided_by_image_and_epoch_alone():
    _, data = recipe_and_data(np.zeros(4, np.int64))
    first, other, again = data[0][0], data[1][0], data[0][0]
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    data.start_epoch(1)
    assert not np.array_equal(first, data[0][0])


def test_balanced_sampling_draws_classes_alike():
    truth = np.array([0] * 180 + [1] * 10 + [2] * 10)
    _, data = recipe_and_data(truth)
    for balanced, low, high in ((True, 0.2, 0.47), (False, 0.85, 0.95)):
        drawn = torch.cat([y for _, y in shuffled(data, 8, seed=1, balanced=balanced)])
        assert low < (drawn == 0).float().mean() < high


def test_processes_share_each_batch_of_one_process():
    _, data = recipe_and_data(np.arange(50) % 3)
    data.start_epoch(3)
    alone = list(BatchSampler(Order(data, 1, balanced=True), 8, drop_last=True))
    shared = [list(BatchSampler(Order(data, 1, True, rank, 2), 4, drop_last=True)) for rank in (0, 1)]
    assert [sorted(a + b) for a, b in zip(*shared, strict=True)] == [sorted(b) for b in alone]
    data.start_epoch(4)
    assert list(Order(data, 1, balanced=True))[:8] != alone[0]


def test_mirrors_turns_and_black_rectangles_are_made_only_where_the_limits_allow_them():
    grid = np.zeros((64, 48), np.uint16)
    grid[:16, :12] = 65535
    still = dict(rotation=0, scale=0, shift=0, gamma=0)
    corners = set()
    for seed in range(40):
        out = augment(grid, Augment(**still, mirror=True, upside_down=True), np.random.default_rng(seed))
        corners.add(tuple(out[[0, 0, -1, -1], [0, -1, 0, -1]]))
    assert len(corners) == 4
    white = np.full((64, 48), 65535, np.uint16)
    erased = [(augment(white, Augment(**still, erase=3), np.random.default_rng(s)) == 0).mean() for s in range(20)]
    assert min(erased) == 0
    assert 0.02 < max(erased) < 0.2
    turned = augment(grid, Augment(**still, quarter_turns=True), np.random.default_rng(3))
    assert turned.shape == grid.shape


def test_rarer_classes_are_changed_more():
    truth = np.array([0] * 6 + [1] * 2)
    changes = {}
    for strength in (0.0, 3.0):
        _, data = recipe_and_data(truth, f"augment.minority_strength={strength}", "augment.gamma=0")
        changes[strength] = [float(np.abs(data[i][0] - data.spec.finish(grid_of() / np.float32(65535))).mean()) for i in (0, 7)]
    assert changes[0.0][1] < 1e-3 < changes[0.0][0]
    assert changes[3.0][0] == changes[0.0][0]


def test_class_weights_undo_prevalence():
    weights = class_weights(np.array([0] * 6 + [1] * 3 + [2]), TRIAGE)
    torch.testing.assert_close(weights * torch.tensor([6.0, 3.0, 1.0]), weights[2].expand(3))
    many = np.zeros((10, 4), np.float32)
    many[:5, 0] = many[0, 1] = 1
    assert class_weights(many, CALCIFICATION).tolist() == [1, 9, 10, 10]
