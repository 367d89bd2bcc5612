"""A folder becomes the Data of a training: recognised, split, audited, decoded."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from core.datasets.audit import audit, refuse
from core.datasets.cache import Place, cached_grids, cached_places
from core.datasets.manifest import Manifest, SplitOrAll
from core.datasets.sources import open_folder
from core.datasets.split import assign
from core.errors import DataError
from core.imaging.input import InputSpec
from core.models.card import read_card
from core.training.loaders import Grids
from core.training.recipe import Augmentation, Recipe


@dataclass(frozen=True)
class Data:
    """A split manifest with its grids and targets.

    Attributes
    ----------
    grids : ndarray, uint16 (N, rows, columns)
    spec : InputSpec
        What makes an input of a grid.
    truth : ndarray
        See `LabelSpace.targets`.
    places : tuple of Place
        How each image lies on its grid; empty where only predictions are wanted.
    """

    manifest: Manifest
    grids: np.ndarray
    spec: InputSpec
    truth: np.ndarray
    places: tuple[Place, ...] = ()

    def part(self, split: SplitOrAll, augmentation: Augmentation | None = None) -> Grids:
        """The images of a split, ready for a loader."""
        where = np.array([n for n, i in enumerate(self.manifest.items) if split in ("all", i.split)], dtype=int)
        return Grids(self.grids, where, self.truth[where], self.spec, augmentation)

    @property
    def resolution(self) -> str:
        """How much breast a pixel of the grid covers, in a sentence; "" where no file states its pixel spacing."""
        known = [m for p in self.places if (m := p.microns)]
        if not known:
            return ""
        low, middle, high = np.percentile(known, (0, 50, 100))
        of = f"known for {len(known)} of {len(self.places)} images"
        return f"One grid pixel covers {middle:.0f} µm of breast ({low:.0f} to {high:.0f}; {of})."


def prepare(recipe: Recipe, folder: Path, waive: str | None = None) -> Data:
    """Recognise, split, audit and decode a data folder.

    Raises
    ------
    DataError
        If the folder cannot be learned from, or weights to start from may know its test part.
    """
    manifest = assign(open_folder(folder, recipe.space).waived(waive), folds=recipe.folds, fold=recipe.fold, seed=recipe.seed)
    manifest.check()
    if isinstance(recipe.pretrained, str):
        _refuse_known_images(Path(recipe.pretrained), manifest)
    with bar(manifest, "auditing") as seen:
        refuse(audit(manifest, progress=seen), manifest.waiver)
    manifest, grids = decode(manifest, recipe.input)
    return Data(manifest, grids, recipe.input, manifest.targets(), cached_places(manifest, recipe.input))


def _refuse_known_images(folder: Path, manifest: Manifest) -> None:
    """A checkpoint to start from may have been trained on images of this test part: then its figures are too good."""
    if not (folder / "card.json").is_file() or manifest.waiver:
        return
    use = read_card(folder).data
    shared = sorted(set(use.sources) & set(manifest.sources))
    if shared and use.split_sha256 != manifest.split_sha256:
        names = ", ".join(shared)
        raise DataError(
            f"The weights to start from, {folder.name}, were trained on {names} under another split; they may know the test part.",
            "Start from other weights; or, if the images are others, give a reason with --waive.",
        )


def decode(manifest: Manifest, spec: InputSpec) -> tuple[Manifest, np.ndarray]:
    """Grids from the cache, and the manifest with sha256 filled; shows its progress."""
    with bar(manifest, "decoding") as seen:
        return cached_grids(manifest, spec, progress=seen)


@contextmanager
def bar(manifest: Manifest, what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar over the images of a manifest; takes (done, total)."""
    with tqdm(total=len(manifest.items), unit="image", desc=what, file=sys.stderr, leave=False) as bar:

        def show(done: int, _: int) -> None:
            bar.update(done - bar.n)

        yield show
