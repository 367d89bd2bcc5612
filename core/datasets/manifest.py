"""Manifest: which images, whose, with what truth, in which split. No torch."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from core.errors import DataError
from core.labels import LabelSpace

Split = Literal["train", "validation", "test"]
SplitOrAll = Literal[Split, "all"]
NO_PATIENTS = "No file name identifies its patient, so images of one patient may end up on both sides of the split."
Region = tuple[int, int, int, int, str]  # top, left, bottom, right in scan pixels, kind
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class Item:
    """One image. `label` is a class name, or class names joined by a space in a multilabel space ("" = none)."""

    path: str  # relative to the manifest's root
    label: str
    patient: str  # equal for all images of one patient, in one source
    source: str
    split: Split | None = None
    view: str | None = None
    laterality: str | None = None
    density: str | None = None
    rois: tuple[Region, ...] = ()
    masks: tuple[str, ...] = ()  # images of the regions, where the source has no boxes; their size may differ from the scan's
    note: str = ""  # what the source says about the findings, in its own words
    case: str = ""  # how a phantom can be drawn again
    sha256: str = ""  # filled when the file is read

    @property
    def patient_key(self) -> str:
        """An opaque key of the patient, 12 hex digits, safe to publish with predictions."""
        return hashlib.sha256(f"second-reader {self.source} {self.patient}".encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Manifest:
    """Images with truth. Made by an adapter, split by `core.datasets.split`, then frozen.

    Attributes
    ----------
    terms : str
        Under what terms the images may be used, with the citation.
    synthetic : bool
        True where all are phantoms.
    traps : tuple of str
        What is known to go wrong with this source and how it was met.
    waiver : str or None
        Why leakage is accepted; every card and report repeats it.
    """

    root: Path
    space: LabelSpace
    items: tuple[Item, ...]
    terms: str
    synthetic: bool = False
    traps: tuple[str, ...] = ()
    waiver: str | None = None

    def part(self, split: SplitOrAll) -> tuple[Item, ...]:
        """The items of a split."""
        return self.items if split == "all" else tuple(i for i in self.items if i.split == split)

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the sources, sorted."""
        return tuple(sorted({i.source for i in self.items}))

    @property
    def sha256(self) -> str:
        """Of what the manifest says about each image, whatever the split."""
        return _digest([(i.path, i.label, i.patient_key, i.source) for i in self.items])

    @property
    def split_sha256(self) -> str:
        """Of which image is in which split."""
        return _digest([(i.path, i.split) for i in self.items])

    def counts(self) -> dict[str, dict[str, int]]:
        """split → class → n images; a split without images is left out."""
        return {s: dict(sorted(Counter(i.label or "none" for i in self.part(s)).items())) for s in SPLITS if self.part(s)}

    def patients(self) -> dict[str, int]:
        """split → n patients."""
        return {s: len({i.patient_key for i in self.part(s)}) for s in SPLITS if self.part(s)}

    def check(self) -> None:
        """Refuse a manifest that cannot be learned from; `core.datasets.audit` looks for leakage.

        Raises
        ------
        DataError
            If an item has no split, or the training part lacks a class.
        """
        if any(i.split is None for i in self.items):
            raise DataError("Some images belong to no split.", "Split the manifest first.")
        missing = set(self.space.classes) - {c for i in self.part("train") for c in self.classes_of(i)}
        if missing:
            raise DataError(
                f"The training part holds no image of: {', '.join(sorted(missing))}.", "Add images, or choose another label space."
            )

    def classes_of(self, item: Item) -> tuple[str, ...]:
        """The classes that an item bears."""
        return tuple(item.label.split()) if self.space.kind == "multilabel" else (item.label,)

    def targets(self) -> np.ndarray:
        """Truth of all images, see `LabelSpace.targets`."""
        return self.space.targets([i.label for i in self.items])

    def waived(self, reason: str | None) -> "Manifest":
        """The same manifest with a waiver."""
        return replace(self, waiver=reason)


def _digest(rows: list[tuple]) -> str:
    return hashlib.sha256(json.dumps(sorted(rows)).encode()).hexdigest()
