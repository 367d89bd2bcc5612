"""Pointing game (Zhang et al. 2018): is the heatmap's peak in the lesion, more often than a random point or the breast's centre?"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from core.datasets.manifest import Item, Manifest
from core.datasets.phantom.plan import KINDS
from core.datasets.regions import regions
from core.errors import ScanError
from core.evaluation.metrics.bootstrap import NO_IMAGE, REPLICATES, Bootstrap
from core.evaluation.parts.probes import PointingGame
from core.imaging.breast import find_breast
from core.inference.predictor import Predictor
from core.inference.saliency import GRAD_CAM
from core.labels import LabelSpace
from core.scans.read import read_scan

BOX = tuple[float, float, float, float]  # top, left, bottom, right


def localise(
    predictor: Predictor, manifest: Manifest, items: Sequence[Item], progress: Callable[[int], None] | None = None
) -> PointingGame | None:
    """The pointing game on those of a manifest's `items` that are positive, carry boxes and are called positive by the model.

    A hit is a Grad-CAM peak inside the ellipse that a lesion's box encloses. "random" is the share of the
    breast that those ellipses cover, the chance of a point thrown at the breast; "centre" throws it at the
    breast's centre of mass.

    Returns
    -------
    PointingGame or None
        None where no image qualifies.
    """
    space = manifest.space
    patients, rows, missed = [], [], 0
    for done, (item, boxes) in enumerate(with_lesions(manifest, items), 1):
        found = _throw(predictor, Path(manifest.root) / item.path, boxes)
        if found is None:
            missed += 1
        else:
            patients.append(item.patient_key)
            rows.append(found)
        if progress:
            progress(done)
    return summarise(np.array(rows, float), np.array(patients), space.positive, missed) if rows else None


def summarise(rows: np.ndarray, patients: np.ndarray, label: str, n_not_called: int = 0, replicates: int = REPLICATES) -> PointingGame:
    """The result from rows (N, 3) of hit, random and centre; differences are paired, patients drawn whole."""
    boot = Bootstrap.of(patients, replicates)
    hit, random, centre = (rows[:, i] for i in range(3))
    found = {
        "hit": boot.mean(hit),
        "random": boot.mean(random),
        "centre": boot.mean(centre),
        "difference_random": boot.estimate(*boot.mean_replicates(hit - random), NO_IMAGE),
        "difference_centre": boot.estimate(*boot.mean_replicates(hit - centre), NO_IMAGE),
    }
    text = (
        f"The heatmap's peak was inside the lesion in {found['hit'].percent()}, of {len(rows)} images ({boot.n_patients} patients) that "
        f"show {label} and were called positive; a random point of the breast in {found['random'].value:.0%}, "
        f"the centre of the breast in {found['centre'].value:.0%}."
    )
    return PointingGame(method=GRAD_CAM, label=label, n=len(rows), n_not_called=n_not_called, **found, text=text)


def with_lesions(manifest: Manifest, items: Sequence[Item]) -> Iterator[tuple[Item, list[BOX]]]:
    """Items that are positive and have boxes of positive lesions, with those boxes in scan pixels."""
    space = manifest.space
    wanted = space.named(space.positive)
    for item in items:
        if not wanted & set(manifest.classes_of(item)):
            continue
        if boxes := [box for *box, kind in regions(Path(manifest.root), item) if _counts(kind, space)]:
            yield item, [(top, left, bottom, right) for top, left, bottom, right in boxes]


def _counts(kind: str, space: LabelSpace) -> bool:
    """Whether a lesion belongs to the positive group. A phantom's kind decides; boxes of other sources all count."""
    if kind not in KINDS:
        return True
    severity, _, calcification, _ = KINDS[kind]
    return bool((space.named(severity) | space.named(calcification)) & space.named(space.positive))


def _throw(predictor: Predictor, path: Path, boxes: list[BOX]) -> tuple[bool, float, bool] | None:
    """(hit, share of the breast, centre hit) of one image, or None where the model does not call it positive."""
    scan = read_scan(path.read_bytes())
    try:
        if predictor.predict(scan).decision == "negative":
            return None
    except ScanError:  # what the quality gate refuses is not called either
        return None
    saliency = predictor.explain(scan)
    hit = saliency.peak > 0 and inside(*saliency.peak_point, boxes)
    breast = find_breast(scan.display())
    mask = breast.mask if breast else np.ones((64, 64), bool)
    rows, cols = np.nonzero(mask)
    fy, fx = scan.shape[0] / mask.shape[0], scan.shape[1] / mask.shape[1]
    lesion = ellipses(boxes, scan.shape)
    # At full resolution: a lesion of 4 mm covers a few cells of the reduced mask only.
    area = cv2.resize(mask.astype(np.uint8), scan.shape[::-1], interpolation=cv2.INTER_NEAREST).astype(bool)
    return hit, float((lesion & area).sum() / area.sum()), inside((rows.mean() + 0.5) * fy, (cols.mean() + 0.5) * fx, boxes)


def inside(row: float, col: float, boxes: list[BOX]) -> bool:
    """Whether a point in scan pixels lies in an ellipse that one of the boxes encloses."""
    return any(
        ((row + 0.5 - (t + b) / 2) / ((b - t) / 2)) ** 2 + ((col + 0.5 - (x + r) / 2) / ((r - x) / 2)) ** 2 <= 1 for t, x, b, r in boxes
    )


def ellipses(boxes: list[BOX], shape: tuple[int, int]) -> np.ndarray:
    """The ellipses that boxes enclose, bool of `shape`."""
    out = np.zeros(shape, np.uint8)
    for t, x, b, r in boxes:
        centre, axes = (round((x + r) / 2), round((t + b) / 2)), (max(1, round((r - x) / 2)), max(1, round((b - t) / 2)))
        cv2.ellipse(out, centre, axes, 0, 0, 360, 1, cv2.FILLED)
    return out.astype(bool)
