"""From cached grids to batches. The last step is InputSpec.finish, the same as in serving."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from core.imaging.input import InputSpec
from core.training.augment import augment
from core.training.recipe import Augmentation


class TrainingImages(Dataset[tuple[Any, Any]]):
    """Inputs, float32 (channels, rows, columns), and targets. What an image shows may depend on the epoch.

    Attributes
    ----------
    truth : ndarray
        As `LabelSpace.targets` gives it, of this epoch.
    all_truth : ndarray
        Whatever the epoch; class weights are taken from it.
    """

    truth: np.ndarray
    all_truth: np.ndarray
    epoch: int = 0

    def __len__(self) -> int:
        return len(self.truth)

    def start_epoch(self, epoch: int) -> None:
        """Prepare an epoch, counted from 0; called before its first batch."""
        self.epoch = epoch


class Grids(TrainingImages):
    """The images of a split; with an augmentation each epoch augments them again."""

    def __init__(
        self, grids: np.ndarray, where: np.ndarray, truth: np.ndarray, spec: InputSpec, augmentation: Augmentation | None = None
    ) -> None:
        self.grids, self.where, self.truth, self.spec, self.augmentation = grids, where, truth, spec, augmentation
        self.all_truth = truth
        self.strength = augmentation.strengths(truth) if augmentation else np.zeros(len(truth))

    def __getitem__(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        row = int(self.where[i])
        grid = self.grids[row]
        if self.augmentation:
            # Seeded by image and epoch, so that the number of workers changes nothing.
            rng = self.augmentation.rng(self.epoch, row)
            grid = augment(np.asarray(grid), self.augmentation.limits, rng, self.strength[i])
        return self.spec.finish(grid), self.truth[i]


class Order(Sampler[int]):
    """In which order an epoch's images come: shuffled, or (`balanced`) drawn with equal chances for each class.

    It depends on seed and epoch alone, so a resumed training needs no state of it, and several processes
    share each batch: process r of w takes every w-th image from the r-th on.
    """

    def __init__(self, data: TrainingImages, seed: int, balanced: bool = False, rank: int = 0, world: int = 1) -> None:
        self.data, self.seed, self.balanced, self.rank, self.world = data, seed, balanced, rank, world

    def __len__(self) -> int:
        return len(self.data) // self.world

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self.seed * 100_003 + self.data.epoch)
        n, truth = len(self.data), self.data.truth
        if self.balanced and truth.ndim == 1:
            chances = torch.from_numpy(1.0 / np.bincount(truth)[truth])
            order = torch.multinomial(chances, n, replacement=True, generator=generator)
        else:
            order = torch.randperm(n, generator=generator)
        return iter(order[: n - n % self.world][self.rank :: self.world].tolist())


class Batches(DataLoader[Any]):
    """A loader that knows what kind of data set it has."""

    dataset: TrainingImages


def in_order(data: TrainingImages, batch_size: int, workers: int = 0) -> Batches:
    """Batches for prediction, in the table's order; twice as large, since no gradients are held."""
    return Batches(data, batch_size=2 * batch_size, num_workers=workers)


def shuffled(
    data: TrainingImages, batch_size: int, *, seed: int, balanced: bool = False, workers: int = 0, rank: int = 0, world: int = 1
) -> Batches:
    """Batches for training, in `Order`; `world` processes share the batch size."""
    size = max(1, batch_size // world)
    return Batches(
        data,
        batch_size=size,
        sampler=Order(data, seed, balanced, rank, world),
        drop_last=len(data) // world > size,  # a last batch of one would break BatchNorm
        num_workers=workers,
        persistent_workers=False,  # workers must see the new epoch's number
    )
