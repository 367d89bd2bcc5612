"""Does the heatmap's peak lie in the lesion? The pointing game (Zhang et al. 2018), beside what chance and the centre score."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from core.datasets.manifest import Item, Manifest
from core.datasets.phantom.plan import KINDS
from core.datasets.regions import regions
from core.errors import ScanError
from core.evaluation.metrics.bootstrap import REPLICATES, Bootstrap, ratio
from core.imaging.breast import find_breast
from core.inference.predictor import Predictor
from core.labels import LabelSpace
from core.models.card import Estimate
from core.scans.read import read_scan

BOX = tuple[float, float, float, float]  # top, left, bottom, right


def localise(predictor: Predictor, manifest: Manifest, items: Sequence[Item], progress: Callable[[int], None] | None = None) -> dict | None:
    """The pointing game on those of a manifest's `items` that are positive, carry boxes and are called positive by the model.

    A hit is a Grad-CAM peak inside the ellipse that a lesion's box encloses. "random" is the share of the
    breast that those ellipses cover, the chance of a point thrown at the breast; "centre" throws it at the
    breast's centre of mass.

    Returns
    -------
    dict or None
        The report's `localisation` block; None where no image qualifies.
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


def summarise(rows: np.ndarray, patients: np.ndarray, label: str, missed: int = 0, replicates: int = REPLICATES) -> dict:
    """The block from rows (N, 3) of hit, random and centre; differences are paired, patients drawn whole."""
    boot, n = Bootstrap.of(patients, replicates), len(rows)
    columns = {
        "hit": rows[:, 0],
        "random": rows[:, 1],
        "centre": rows[:, 2],
        "difference_random": rows[:, 0] - rows[:, 1],
        "difference_centre": rows[:, 0] - rows[:, 2],
    }
    totals = boot.sums(np.stack([*columns.values(), np.ones(n)], 1))
    estimates: dict[str, Estimate] = {}
    for i, (name, values) in enumerate(columns.items()):
        bounds = (-1.0, 1.0) if name.startswith("difference") else (0.0, 1.0)
        estimates[name] = boot.estimate(float(values.mean()), ratio(totals[:, i], totals[:, -1]), "no image", bounds)
    estimates["hit"] = boot.proportion(rows[:, 0], np.ones(n), "no image")
    return {
        "method": "Grad-CAM",
        "label": label,
        "n": n,
        "not_called": missed,
        **{k: e.model_dump(mode="json") for k, e in estimates.items()},
        "text": _sentence(estimates, n, boot.n_patients, label),
    }


def _sentence(e: dict[str, Estimate], n: int, n_patients: int, label: str) -> str:
    hit, chance, centre = e["hit"], e["random"], e["centre"]
    return (
        f"The heatmap's peak lay inside the lesion in {hit.value:.0%} ({hit.low:.0%} to {hit.high:.0%}) of {n} images "
        f"(patients: {n_patients}) that show {label} and were called positive; a random point of the breast in {chance.value:.0%}, "
        f"the breast's centre in {centre.value:.0%}."
    )


def with_lesions(manifest: Manifest, items: Sequence[Item]) -> Iterator[tuple[Item, list[BOX]]]:
    """Items that are positive and have boxes of positive lesions, with those boxes in scan pixels."""
    space = manifest.space
    wanted = {space.classes[i] for i in space.members(space.positive)}
    for item in items:
        if not wanted & set(manifest.classes_of(item)):
            continue
        if boxes := [box for *box, kind in regions(Path(manifest.root), item) if _counts(kind, space)]:
            yield item, [tuple(b) for b in boxes]


def _counts(kind: str, space: LabelSpace) -> bool:
    """True for a lesion of the positive group. A phantom's kind tells; boxes of other sources all count."""
    if kind not in KINDS:
        return True
    names = {space.positive, *(space.classes[i] for i in space.members(space.positive))}
    label, _, calcification, _ = KINDS[kind]
    return calcification in names or label in names or (label == "malignant" and space.positive == "tumour")


def _throw(predictor: Predictor, path: Path, boxes: list[BOX]) -> tuple[bool, float, bool] | None:
    """(hit, share of the breast, centre hit) of one image, or None where the model does not call it positive."""
    scan = read_scan(path.read_bytes())
    try:
        if predictor.predict(scan).decision == "negative":
            return None
    except ScanError:  # what the quality gate refuses is not called either
        return None
    saliency = predictor.explain(scan)
    hit = saliency.peak > 0 and _inside(*saliency.peak_point, boxes)
    breast = find_breast(scan.display())
    mask = breast.mask if breast else np.ones((64, 64), bool)
    rows, cols = np.nonzero(mask)
    fy, fx = scan.shape[0] / mask.shape[0], scan.shape[1] / mask.shape[1]
    lesion = ellipses(boxes, scan.shape)
    # At full resolution: a lesion of 4 mm covers a few cells of the reduced mask only.
    area = cv2.resize(mask.astype(np.uint8), scan.shape[::-1], interpolation=cv2.INTER_NEAREST).astype(bool)
    return hit, float((lesion & area).sum() / area.sum()), _inside((rows.mean() + 0.5) * fy, (cols.mean() + 0.5) * fx, boxes)


def _inside(row: float, col: float, boxes: list[BOX]) -> bool:
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
