"""Splits that keep each patient in one part. No torch."""

import warnings
from dataclasses import replace

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from core.datasets.manifest import NO_PATIENTS, Manifest, Split
from core.errors import DataError

MIN_PATIENTS = 20  # fewer "patients" than this usually means that the group key was parsed wrongly
WAIVE = "Or give a reason with --waive, which card and report repeat."
MAX_SHARE = 0.10  # of all images that one patient may have


def assign(manifest: Manifest, *, folds: int = 6, fold: int = 0, seed: int = 0) -> Manifest:
    """Give each item a split: fold number `fold` for test, the next for validation, the rest for training.

    Grouped by patient and stratified by label (StratifiedGroupKFold). Items that the source already puts
    in a split keep it; where it names only a test part, fold number `fold` of the rest is for validation.

    Raises
    ------
    DataError
        If there are too few patients or one holds too many images: then the patient key is probably wrong.
    """
    if all(i.split for i in manifest.items):
        return manifest
    if assigned := [i for i in manifest.items if i.split]:
        # The rest is split like a whole data set, and what would be its test part is for training too.
        rest = assign(replace(manifest, items=tuple(i for i in manifest.items if not i.split)), folds=folds, fold=fold, seed=seed)
        items = (*assigned, *(replace(i, split="train") if i.split == "test" else i for i in rest.items))
        return replace(manifest, items=tuple(sorted(items, key=lambda i: i.path)))
    patients = np.array([i.patient_key for i in manifest.items])
    labels = np.array([i.label for i in manifest.items])
    unique, sizes = np.unique(patients, return_counts=True)
    if not manifest.waiver:
        if NO_PATIENTS in manifest.traps:
            raise DataError(NO_PATIENTS, f"Name the files PATIENT_anything. {WAIVE}")
        if len(unique) < MIN_PATIENTS:
            raise DataError(
                f"{len(unique)} patients were found in {len(patients)} images; three parts need {MIN_PATIENTS} or more.",
                f"Add images of other patients; if there are more, check how their files are named. {WAIVE}",
            )
        if sizes.max() > MAX_SHARE * len(patients):
            raise DataError(
                f"One patient holds {sizes.max()} of {len(patients)} images, more than a tenth.",
                f"Check how the files are named: the patient comes before the first _. {WAIVE}",
            )
    folds = min(folds, len(unique))
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # A class, or a combination of labels, with fewer images than folds is missing from some parts; reports show each n.
        warnings.filterwarnings("ignore", "The least populated class")
        parts = [test for _, test in splitter.split(patients, labels, patients)]
    split: list[Split] = ["train"] * len(patients)
    chosen: dict[Split, np.ndarray] = {"test": parts[fold % folds], "validation": parts[(fold + 1) % folds]}
    for name, part in chosen.items():
        for n in part:
            split[n] = name
    items = tuple(replace(i, split=s) for i, s in zip(manifest.items, split, strict=True))
    return replace(manifest, items=items)
