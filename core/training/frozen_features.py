"""What the frozen stages make of each image, computed once and kept, so that an epoch runs the stages that learn and no others.

A recipe with `cached_augmentations = 8` changes each image in eight ways and no more: epoch e shows draw e mod 8. The maps of a draw are
computed in the first epoch that shows it. They are kept as they leave the last frozen stage, so nothing is rounded and the losses
are those of a training that computes them anew.
"""

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path

import torch
from lightning.fabric import Fabric
from torch import nn
from torch.utils.data import Dataset
from tqdm import tqdm

from core.datasets.cache import being_built
from core.files import atomic_path
from core.folders import cache_folder
from core.training.fabric import precision_of
from core.training.loaders import Grids

BATCH = 8


class FrozenMaps(Dataset):
    """Takes the place of a Grids: maps of the last frozen stage, (F, h, w) in the dtype that it gives, and the targets.

    The maps are memory-mapped files in the cache's folder, one a draw, known by the bytes of weights and images and by all that
    changes an image on its way. A draw is written under another name until it is whole; of several processes one writes.
    """

    def __init__(self, data: Grids, frozen: nn.Sequential, fabric: Fabric, folder: Path | None = None) -> None:
        self.data, self.truth, self.fabric = data, data.truth, fabric
        self.frozen = frozen.eval().to(fabric.device)
        self.folder, self.key = folder or cache_folder(), _key(data, frozen)
        self.maps = torch.empty(0)
        if not data.augmented:
            self.epoch = 0

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, object]:
        return self.maps[i], self.truth[i]

    def __getstate__(self) -> dict:
        return {**self.__dict__, "frozen": None, "fabric": None}  # a loader's workers only read

    @property
    def epoch(self) -> int:
        """Counted from 0; setting it opens the maps of its draw, computed first where they are not there."""
        return self.data.epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self.data.epoch = epoch
        first = self._through([0])
        shape, dtype = (len(self), *first.shape[1:]), first.dtype
        path = self.folder / f"{self.key}.{self.data.draw if self.data.augmented else 'plain'}.maps"
        with being_built(self.folder, self.key):
            if not path.is_file():
                with atomic_path(path) as part:
                    out = torch.from_file(str(part), shared=True, size=math.prod(shape), dtype=dtype).view(shape)
                    steps = range(0, len(self), BATCH)
                    for start in tqdm(steps, desc="frozen stages", leave=False, disable=not self.fabric.is_global_zero):
                        some = range(start, min(start + BATCH, len(self)))
                        out[start : some.stop] = self._through(some)
                    del out
        self.maps = torch.from_file(str(path), shared=False, size=math.prod(shape), dtype=dtype).view(shape)

    @torch.no_grad()
    def _through(self, some: Sequence[int]) -> torch.Tensor:
        """Maps (n, F, h, w) of the images at these places."""
        x = torch.stack([torch.from_numpy(self.data[i][0]) for i in some])
        with self.fabric.autocast():
            return self.frozen(x.to(self.fabric.device, memory_format=torch.channels_last)).cpu()


def _key(data: Grids, frozen: nn.Sequential) -> str:
    recipe = data.recipe
    how = [
        recipe.architecture,
        len(frozen),
        recipe.input.model_dump_json(),
        recipe.augment.model_dump_json(),
        precision_of(recipe),
        recipe.seed,
    ]
    digest = hashlib.sha256("\n".join(map(str, how)).encode())
    if data.strength is not None:
        digest.update(data.strength.tobytes())
    for name, value in frozen.state_dict().items():
        digest.update(name.encode())
        digest.update(value.cpu().contiguous().numpy().tobytes())
    for i in data.where:
        digest.update(f"{i}".encode())  # the image's place seeds its changes
        digest.update(data.grids[i].tobytes())
    return digest.hexdigest()[:24]
