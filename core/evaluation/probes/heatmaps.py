"""Heatmap methods against the lesions' outlines, on the same images, with a random point and a disc in the centre as baselines.

Pointing game (Zhang et al. 2018): the peak lies in the lesion. Energy (Wang et al. 2020): the share of the heat that does. IoU: of
the lesion and the map at its best threshold. All on the model's grid.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np

from core.datasets.manifest import Item, Manifest
from core.errors import ScanError
from core.evaluation.metrics.bootstrap import Bootstrap
from core.evaluation.parts.probes import HeatmapEvaluation, HeatmapScores, Subset
from core.evaluation.probes.pointing_game import BOX, ellipses, with_lesions
from core.imaging.breast import breast_mask
from core.imaging.input import Geometry
from core.inference.features import to_device
from core.inference.gradcam import METHODS, SCORE_CAM, score_cam, targets_of
from core.inference.predictor import Predictor
from core.inference.saliency import Saliency
from core.scans.read import read_scan
from core.scans.scan import Scan

RANDOM, CENTRE = "random point", "disc in the centre"
MAX_SCORE_CAM = 20  # images; it runs the network hundreds of times for each
STEPS = 50  # thresholds that the IoU is tried at


@dataclass(frozen=True)
class _Row:
    method: str
    called: bool
    patient: str
    values: tuple[float, float, float]


def evaluate_heatmaps(
    predictor: Predictor, manifest: Manifest, items: Sequence[Item], progress: Callable[[int], None] | None = None
) -> HeatmapEvaluation | None:
    """Every heatmap method on those of `items` that are positive and carry boxes.

    Also by decision at the threshold. None where no image qualifies.
    """
    rows: list[_Row] = []
    n = scored = 0
    for done, (item, boxes) in enumerate(with_lesions(manifest, items), 1):
        scan = read_scan((Path(manifest.root) / item.path).read_bytes())
        try:
            called = predictor.predict(scan).decision == "positive"
        except ScanError:  # the quality gate
            continue
        grid, geometry = predictor.card.input.grid(scan)
        lesion, inside = lesion_mask(boxes, geometry), breast_mask(grid.astype(np.float32) / 65535)
        n += 1
        maps = {m: predictor.explain(scan, method=m) for m in METHODS}
        if scored < MAX_SCORE_CAM:
            scored += 1
            maps[SCORE_CAM] = by_score(predictor, scan)
        for method, saliency in maps.items():
            rows.append(_Row(method, called, item.patient_key, measures(saliency.on_grid(), lesion)))
        share = float((lesion & inside).sum() / max(1, inside.sum()))
        rows.append(_Row(RANDOM, called, item.patient_key, (share, share, share)))
        disc = _disc(inside, int(lesion.sum()))
        rows.append(_Row(CENTRE, called, item.patient_key, measures(disc, lesion)))
        if progress:
            progress(done)
    if not n:
        return None
    subsets: tuple[Subset, ...] = get_args(Subset)
    return HeatmapEvaluation(label=manifest.space.positive, n=n, rows=tuple(s for subset in subsets for s in _summaries(rows, subset)))


def measures(heat: np.ndarray, lesion: np.ndarray) -> tuple[float, float, float]:
    """(pointing, energy, iou) of a map, float (rows, columns), for a lesion, bool of the same shape; zeros where the map is empty."""
    if heat.max() <= 0:
        return 0.0, 0.0, 0.0
    peak = np.unravel_index(int(heat.argmax()), heat.shape)
    best = 0.0
    for t in np.linspace(0, heat.max(), STEPS, endpoint=False):
        above = heat > t
        best = max(best, float((above & lesion).sum() / (above | lesion).sum()))
    return float(lesion[peak]), float(heat[lesion].sum() / heat.sum()), best


def lesion_mask(boxes: Sequence[BOX], geometry: Geometry) -> np.ndarray:
    """The ellipses that boxes in scan pixels enclose, on the grid: bool (rows, columns)."""
    placed = []
    for top, left, bottom, right in boxes:
        (y0, x0), (y1, x1) = geometry.point_to_grid(top, left), geometry.point_to_grid(bottom, right)
        placed.append((min(y0, y1), min(x0, x1), max(y0, y1), max(x0, x1)))
    return ellipses(placed, geometry.grid)


def by_score(predictor: Predictor, scan: Scan) -> Saliency:
    """Score-CAM for the positive class or group."""
    spec, cam, space = predictor.card.input, predictor.model.cam, predictor.card.label_space
    array, geometry = spec.prepare(scan)
    with predictor.lock:
        raw = score_cam(predictor.model, to_device(predictor, array[None]), targets_of(space, [space.positive])[0])
    return Saliency(scan.sha256, predictor.card.name, space.positive, SCORE_CAM, cam.name, raw, cam.stride, cam.first, geometry)


def _disc(inside: np.ndarray, area: int) -> np.ndarray:
    """A disc of the lesion's area at the breast's centre of mass, falling off from its middle."""
    rows, cols = np.nonzero(inside)
    y, x = np.mgrid[: inside.shape[0], : inside.shape[1]]
    radius = max(1.0, np.sqrt(area / np.pi))
    return np.clip(1 - np.hypot(y - rows.mean(), x - cols.mean()) / radius, 0, 1)


def _summaries(rows: list[_Row], subset: Subset) -> list[HeatmapScores]:
    chosen = [r for r in rows if subset == "all" or r.called == (subset == "called positive")]
    out = []
    for method in dict.fromkeys(r.method for r in chosen):
        own = [r for r in chosen if r.method == method]
        boot, values = Bootstrap.of(np.array([r.patient for r in own])), np.array([r.values for r in own])
        pointing, energy, iou = (boot.mean(values[:, i]) for i in range(3))
        out.append(HeatmapScores(method=method, subset=subset, n=len(own), pointing=pointing, energy=energy, iou=iou))
    return out
