"""The output of the frozen stages for each image, computed once and stored, so that an epoch runs only the stages that learn.

With `cached_augmentations = 8` a recipe changes each image in eight ways and no more: epoch e shows copy e mod 8. The maps of a copy
are computed in the first epoch that shows it. They are stored as they leave the last frozen stage, so nothing is rounded and the
losses are those of a training that computes them again. The folds of a cross-validation share them.
"""

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.fabric import Fabric
from torch import nn
from tqdm import tqdm

from core.datasets.cache import being_built
from core.files import atomic_path, reserve, write_bytes
from core.folders import cache_folder
from core.training.loaders import Grids, TrainingImages

BATCH = 8


class FrozenMaps(TrainingImages):
    """Takes the place of a Grids: maps of the last frozen stage, (F, h, w) in the dtype that it gives, and the targets.

    `start_epoch` opens the maps of the epoch's copy; there are none before the first call. They are memory-mapped files in the cache
    folder, one a copy with a row for every image of the data set, known by the bytes of weights and images and by all that changes an
    image on its way. A list beside each file says which rows are computed; of several processes one writes.
    """

    def __init__(self, data: Grids, frozen: nn.Sequential, fabric: Fabric, folder: Path | None = None) -> None:
        self.data, self.truth, self.all_truth, self.fabric = data, data.truth, data.all_truth, fabric
        self.frozen: nn.Sequential | None = frozen.eval().to(fabric.device)
        self.folder, self.key = folder or cache_folder(), _key(data, frozen, str(fabric.strategy.precision.precision))
        self.maps = torch.empty(0)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, np.ndarray]:
        return self.maps[self.data.where[i]], self.truth[i]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "frozen": None, "fabric": None}  # a loader's workers only read

    def start_epoch(self, epoch: int) -> None:
        """Open the maps of the epoch's copy, computed first where they are not there."""
        super().start_epoch(epoch)
        self.data.start_epoch(epoch)
        first = self._compute([0])
        shape, dtype = (len(self.data.grids), *first.shape[1:]), first.dtype
        copy = self.data.augmentation.copy(epoch) if self.data.augmentation else "plain"
        path = self.folder / f"{self.key}.{copy}.maps"
        with being_built(self.folder, self.key):
            self._complete(path, shape, dtype)
        self.maps = torch.from_file(str(path), shared=False, size=math.prod(shape), dtype=dtype).view(shape)

    def _complete(self, path: Path, shape: tuple[int, ...], dtype: torch.dtype) -> None:
        """Compute the rows of these images that the file does not hold yet."""
        listed = path.with_suffix(".done")
        if not path.is_file():
            listed.unlink(missing_ok=True)
            with atomic_path(path) as part:
                reserve(part, math.prod(shape) * dtype.itemsize)
        done = np.frombuffer(listed.read_bytes(), bool).copy() if listed.is_file() else np.zeros(shape[0], bool)
        missing = np.flatnonzero(~done[self.data.where])
        if not len(missing):
            return
        out = torch.from_file(str(path), shared=True, size=math.prod(shape), dtype=dtype).view(shape)
        steps = range(0, len(missing), BATCH)
        for start in tqdm(steps, desc="frozen stages", leave=False, disable=not self.fabric.is_global_zero):
            some = missing[start : start + BATCH]
            out[torch.from_numpy(self.data.where[some])] = self._compute(some.tolist())
        done[self.data.where] = True
        write_bytes(listed, done.tobytes())

    @torch.no_grad()
    def _compute(self, rows: Sequence[int]) -> torch.Tensor:
        """Maps (n, F, h, w) of the images in these rows."""
        assert self.frozen is not None, "a loader's worker cannot compute maps"
        x = torch.stack([torch.from_numpy(self.data[i][0]) for i in rows])
        with self.fabric.autocast():
            maps: torch.Tensor = self.frozen(x.to(self.fabric.device, memory_format=torch.channels_last)).cpu()
        return maps


def _key(data: Grids, frozen: nn.Sequential, precision: str) -> str:
    about = [repr(frozen), precision, data.spec.model_dump_json()]
    if data.augmentation:
        about += [data.augmentation.limits.model_dump_json(), str(data.augmentation.seed)]
    digest = hashlib.sha256("\n".join(about).encode())
    if data.augmentation and (data.strength != 1).any():  # an image's changes depend on its class, and on the part's most frequent one
        digest.update(data.strength.tobytes())
        digest.update(data.where.tobytes())
    for name, value in frozen.state_dict().items():
        digest.update(name.encode())
        digest.update(value.cpu().contiguous().numpy().tobytes())
    for grid in data.grids:  # an image's row seeds its changes
        digest.update(grid.tobytes())
    return digest.hexdigest()[:24]
