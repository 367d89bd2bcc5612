"""AUROC of a checkpoint at coarser resolutions, by micrometres a pixel. Needs the model."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Literal

import numpy as np

from core.datasets.cache import cached_grids
from core.datasets.manifest import Item, Manifest
from core.datasets.sources import open_folder
from core.errors import DataError
from core.evaluation.metrics.bootstrap import SINGLE_CLASS, auroc
from core.evaluation.predictions import Predictions, read_predictions
from core.evaluation.resolution_report import ResolutionLevel, ResolutionReport
from core.inference.calibration import probabilities
from core.inference.perturbations import downsampled
from core.inference.predictor import Predictor
from core.models.card import Card, find_checkpoint
from core.scans import read_scan

FACTORS = (1, 2, 4)
BATCH = 16
MEASURED = 40  # views whose micrometres a pixel are measured


def by_resolution(
    checkpoint: str | Path, data: Path, *, split: Literal["test", "all"] = "test", progress: Callable[[int, int], None] | None = None
) -> ResolutionReport:
    """AUROC of a checkpoint with its input as it is, at half and at a quarter of its resolution.

    The grid is shrunk by area and enlarged to its size again, so that the network is the same and only detail is lost.
    The checkpoint was trained on its own resolution: one trained on coarser images may do better on them.

    Parameters
    ----------
    split : {"test", "all"}
        The patients of the checkpoint's test part, or every image of a folder that it has never seen.

    Raises
    ------
    CheckpointError, DataError
        If the checkpoint is missing, the folder's domain is another, it holds no test image, or the checkpoint knows its patients.
    """
    folder = find_checkpoint(checkpoint)
    predictor = Predictor.load(folder)
    card, space = predictor.card, predictor.card.label_space
    manifest = _chosen(open_folder(data, space), folder, card, split)
    manifest, grids = cached_grids(manifest, card.input, progress=progress)
    truth = np.array([[c in manifest.classes_of(i) for c in space.classes] for i in manifest.items])
    patients = np.array([i.patient_key for i in manifest.items])
    microns, levels, full = _microns(manifest, card), [], None
    for factor in FACTORS:
        p = probabilities(_logits(predictor, grids, factor), space, card.temperature)
        found = Predictions(space.positive_score(p), space.holds(truth), patients)
        boot, called = found.bootstrap, found.called(card.threshold)
        area = boot.evaluate(auroc(found.score, found.positive))
        levels.append(
            ResolutionLevel(
                factor=factor,
                size=(card.input.size[0] // factor, card.input.size[1] // factor),
                microns=microns and microns * factor,
                auroc=boot.estimate(*area, SINGLE_CLASS),
                sensitivity=found.sensitivity(called),
                specificity=found.specificity(called),
                difference=boot.difference(full, area) if full else None,
                by_class={c: boot.auroc(p[:, i], truth[:, i]) for i, c in enumerate(space.classes)},
            )
        )
        full = full or area
    return ResolutionReport(
        checkpoint=card.name,
        weights_sha256=card.weights.sha256,
        manifest_sha256=manifest.sha256,
        split=split,
        synthetic=card.synthetic,
        n=len(truth),
        n_patients=boot.n_patients,
        positive=space.positive,
        n_positive=int(found.positive.sum()),
        levels=tuple(levels),
    )


def _chosen(manifest: Manifest, folder: Path, card: Card, split: str) -> Manifest:
    """The images to be scored; patients of the checkpoint's validation and test parts show whether it knows the folder."""
    if manifest.synthetic != card.synthetic:
        kinds = ("phantoms", "mammograms") if card.synthetic else ("mammograms", "phantoms")
        raise DataError(f"{card.title} knows {kinds[0]}, and the folder holds {kinds[1]}.", "Choose another checkpoint.")
    frame = read_predictions(folder, card.label_space)
    if split == "test":
        patients = set(frame.loc[frame["split"] == "test", "patient"]) - {""}
        items = tuple(i for i in manifest.items if i.patient_key in patients)
        if not items:
            raise DataError(
                f"The folder holds no patient of {card.name}'s test part.",
                "Use --split all, if the checkpoint has seen none of its images.",
            )
    else:
        items = manifest.items
        if {i.patient_key for i in items} & set(frame["patient"]):
            raise DataError(f"{card.name} was validated or tested on patients of this folder.", "Use --split test.")
    return Manifest(manifest.root, manifest.space, items, manifest.terms, manifest.synthetic)


def _logits(predictor: Predictor, grids: np.ndarray, factor: int) -> np.ndarray:
    spec, parts = predictor.card.input, []
    for start in range(0, len(grids), BATCH):
        parts.append(predictor.logits(np.stack([spec.finish(downsampled(np.asarray(g), factor)) for g in grids[start : start + BATCH]])))
    return np.concatenate(parts)


def _microns(manifest: Manifest, card: Card) -> float | None:
    """Median µm a pixel of the model's grid over some views, spread evenly."""
    some = manifest.items[:: max(1, len(manifest.items) // MEASURED)][:MEASURED]

    def one(item: Item) -> float | None:
        scan = read_scan((manifest.root / item.path).read_bytes(), item.path)
        return card.input.grid(scan)[1].microns(scan.spacing_mm)

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        known = [m for m in pool.map(one, some) if m]
    return median(known) if known else None
