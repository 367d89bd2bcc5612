"""From cached grids to batches. The last step is InputSpec.finish, the same as in serving."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, WeightedRandomSampler

from core.datasets.manifest import Item
from core.labels import LabelSpace
from core.training.augment import augment
from core.training.recipe import Recipe


def targets(items: tuple[Item, ...], space: LabelSpace) -> np.ndarray:
    """Truth: int64 (N,) class positions, or float32 (N, C) of 0 and 1 in a multilabel space."""
    if space.kind == "multiclass":
        return np.array([space.index(i.label) for i in items], np.int64)
    out = np.zeros((len(items), len(space.classes)), np.float32)
    for row, item in enumerate(items):
        for name in item.label.split():
            out[row, space.index(name)] = 1
    return out


class Grids(Dataset):
    """Inputs, float32 (channels, rows, columns), and targets; augmented in training."""

    def __init__(self, grids: np.ndarray, where: np.ndarray, truth: np.ndarray, recipe: Recipe, augmented: bool) -> None:
        self.grids, self.where, self.truth, self.recipe, self.augmented = grids, where, truth, recipe, augmented
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.where)

    def __getitem__(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        grid = self.grids[self.where[i]]
        if self.augmented:
            # Seeded by picture and epoch, so that the number of workers changes nothing.
            rng = np.random.default_rng((self.recipe.seed, self.epoch, int(self.where[i])))
            grid = augment(np.asarray(grid), self.recipe.augment, rng)
        return self.recipe.input.finish(grid), self.truth[i]


def loader(data: Grids, recipe: Recipe, *, train: bool, generator: torch.Generator | None = None) -> DataLoader:
    """Batches: shuffled, or drawn with equal chances for each class, in training; in order otherwise."""
    sampler = None
    if train and recipe.balanced_sampling and data.truth.ndim == 1:
        counts = np.bincount(data.truth, minlength=len(recipe.space.classes))
        sampler = WeightedRandomSampler(1.0 / counts[data.truth], len(data), generator=generator)
    return DataLoader(
        data,
        batch_size=recipe.batch_size if train else 2 * recipe.batch_size,
        sampler=sampler,
        shuffle=train and sampler is None,
        drop_last=train and len(data) > recipe.batch_size,  # a last batch of one would break BatchNorm
        num_workers=recipe.workers,
        persistent_workers=False,  # workers must see the new epoch's number
        generator=generator,
    )


def class_weights(truth: np.ndarray, space: LabelSpace) -> torch.Tensor:
    """Weights of the loss, float32 (C,): inverse frequency with mean 1; for a multilabel space negatives over positives, at most 20."""
    if space.kind == "multilabel":
        positive = truth.sum(0)
        return torch.tensor(np.clip((len(truth) - positive) / np.maximum(positive, 1), 1, 20), dtype=torch.float32)
    counts = np.bincount(truth, minlength=len(space.classes))
    weights = 1.0 / np.maximum(counts, 1)
    return torch.tensor(weights / weights.mean(), dtype=torch.float32)
