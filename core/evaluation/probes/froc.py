"""FROC: how many lesions a heatmap's spots find, at one, two and three marks an image (Bunch et al. 1978; Chakraborty 2005)."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from core.datasets.manifest import Item, Manifest
from core.errors import ScanError
from core.evaluation.metrics.bootstrap import NO_IMAGE, Bootstrap, ratio
from core.evaluation.parts.probes import FrocPoint
from core.evaluation.probes.pointing_game import BOX, inside, with_lesions
from core.inference.findings import spots
from core.inference.predictor import Predictor
from core.models.card import Estimate
from core.scans.read import read_scan

MARKS = (1, 2, 3)


def froc(
    predictor: Predictor, manifest: Manifest, items: Sequence[Item], full: float, progress: Callable[[int], None] | None = None
) -> tuple[FrocPoint, ...]:
    """Recall of lesions and precision of marks on those `items` that are positive and carry boxes, whatever the model's decision.

    A mark is the peak of a spot, the largest share first; it finds a lesion whose box's ellipse holds it. `full` is the map's value in
    full colour. Empty where no image qualifies.
    """
    patients, rows = [], []
    for done, (item, boxes) in enumerate(with_lesions(manifest, items), 1):
        scan = read_scan((Path(manifest.root) / item.path).read_bytes())
        try:
            marks = [(f.row, f.column) for f in spots(predictor.explain(scan), full)]
        except ScanError:  # what the quality gate refuses gets no mark
            marks = []
        patients.append(item.patient_key)
        rows.append([_counts(marks[:k], boxes) for k in MARKS])
        if progress:
            progress(done)
    return _points(np.array(rows, float), np.array(patients)) if rows else ()


def _counts(marks: Sequence[tuple[float, float]], boxes: list[BOX]) -> tuple[int, int, int, int]:
    """Lesions found, lesions, marks in a lesion, marks."""
    found = sum(any(inside(*mark, [box]) for mark in marks) for box in boxes)
    return found, len(boxes), sum(inside(*mark, boxes) for mark in marks), len(marks)


def _points(rows: np.ndarray, patients: np.ndarray) -> tuple[FrocPoint, ...]:
    """Of counts (images, MARKS, 4)."""
    boot = Bootstrap.of(patients)
    return tuple(
        FrocPoint(marks=k, n=len(rows), recall=_share(boot, *rows[:, i, :2].T), precision=_share(boot, *rows[:, i, 2:].T))
        for i, k in enumerate(MARKS)
    )


def _share(boot: Bootstrap, hits: np.ndarray, of: np.ndarray) -> Estimate:
    """`hits` as a share of `of`, both counts an image."""
    total = boot.sums(np.stack([hits, of], 1))
    value = hits.sum() / of.sum() if of.sum() else np.nan
    return boot.estimate(value, ratio(total[:, 0], total[:, 1]), NO_IMAGE)
