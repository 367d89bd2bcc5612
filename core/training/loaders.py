"""From cached grids to batches. The last step is InputSpec.finish, the same as in serving."""

from collections.abc import Iterator

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

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
        self.strength = _strengths(truth, recipe) if augmented else None

    @property
    def draw(self) -> int:
        """Which changed copy of each image this epoch shows."""
        return self.epoch % self.recipe.cached_augmentations if self.recipe.cached_augmentations else self.epoch

    def __len__(self) -> int:
        return len(self.where)

    def __getitem__(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        grid = self.grids[self.where[i]]
        if self.augmented:
            # Seeded by image and draw, so that the number of workers changes nothing.
            rng = np.random.default_rng((self.recipe.seed, self.draw, int(self.where[i])))
            grid = augment(np.asarray(grid), self.recipe.augment, rng, self.strength[i])
        return self.recipe.input.finish(grid), self.truth[i]


def _strengths(truth: np.ndarray, recipe: Recipe) -> np.ndarray:
    """How strongly each image is changed, float (N,): 1 in the most frequent class, `augment.rare` elsewhere."""
    if truth.ndim > 1 or not len(truth):
        return np.ones(len(truth))
    return np.where(truth == np.bincount(truth).argmax(), 1.0, recipe.augment.rare)


class Order(Sampler[int]):
    """In which order an epoch's images come: shuffled, or drawn with equal chances for each class.

    It depends on seed and epoch alone, so a resumed training needs no state of it, and several processes
    share each batch: process r of w takes every w-th image from the r-th on.
    """

    def __init__(self, data: Grids, recipe: Recipe, rank: int = 0, world: int = 1) -> None:
        self.data, self.recipe, self.rank, self.world = data, recipe, rank, world

    def __len__(self) -> int:
        return len(self.data) // self.world

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self.recipe.seed * 100_003 + self.data.epoch)
        n = len(self.data)
        if self.recipe.balanced_sampling and self.data.truth.ndim == 1:
            counts = np.bincount(self.data.truth, minlength=len(self.recipe.space.classes))
            order = torch.multinomial(torch.from_numpy(1.0 / counts[self.data.truth]), n, replacement=True, generator=generator)
        else:
            order = torch.randperm(n, generator=generator)
        return iter(order[: n - n % self.world][self.rank :: self.world].tolist())


def loader(data: Grids, recipe: Recipe, *, train: bool, rank: int = 0, world: int = 1) -> DataLoader:
    """Batches in `Order` for training, where `world` processes share the recipe's batch size; in the table's order otherwise."""
    size = max(1, recipe.batch_size // world)
    return DataLoader(
        data,
        batch_size=size if train else 2 * size,
        sampler=Order(data, recipe, rank, world) if train else None,
        drop_last=train and len(data) // world > size,  # a last batch of one would break BatchNorm
        num_workers=recipe.workers,
        persistent_workers=False,  # workers must see the new epoch's number
    )


def class_weights(truth: np.ndarray, space: LabelSpace) -> torch.Tensor:
    """Weights of the loss, float32 (C,): inverse frequency with mean 1; for a multilabel space negatives over positives, at most 20.

    A class that does not occur, as among patches, weighs nothing; the mean is over the others.
    """
    if space.kind == "multilabel":
        positive = truth.sum(0)
        return torch.tensor(np.clip((len(truth) - positive) / np.maximum(positive, 1), 1, 20), dtype=torch.float32)
    counts = np.bincount(truth, minlength=len(space.classes))
    weights = np.where(counts > 0, 1.0 / np.maximum(counts, 1), 0.0)
    return torch.tensor(weights / weights[counts > 0].mean(), dtype=torch.float32)
