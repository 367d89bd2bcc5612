"""Faithfulness of heatmaps: do they depend on the weights, and does the score depend on what they mark?

Randomised weights must change the map (Adebayo et al. 2018). Deleting what the map marks must lower the score sooner than deleting
random places, and inserting it must raise it sooner (deletion and insertion, Petsiuk et al. 2018).
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from scipy.stats import spearmanr

from core.datasets.manifest import Item, Manifest
from core.errors import ScanError
from core.evaluation.metrics.bootstrap import Bootstrap
from core.evaluation.parts.probes import DeletionCurves, Faithfulness, Randomisation
from core.imaging.breast import breast_mask
from core.inference.features import PARTS, randomised
from core.inference.predictor import Predictor
from core.scans.read import read_scan

MAX_IMAGES = 40
SHARES = np.array([0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0])  # of the breast's pixels


def faithfulness(
    predictor: Predictor, manifest: Manifest, items: Sequence[Item], progress: Callable[[int], None] | None = None
) -> Faithfulness | None:
    """Both checks on up to `MAX_IMAGES` of `items` that the model calls positive, Grad-CAM for the positive class or group.

    None where nothing is called positive."""
    others = {part: randomised(predictor, part) for part in PARTS}
    similar: list[list[float]] = []
    curves: list[np.ndarray] = []
    patients: list[str] = []
    for item in items:
        scan = read_scan((Path(manifest.root) / item.path).read_bytes())
        try:
            if predictor.predict(scan).decision == "negative":
                continue
        except ScanError:  # the quality gate
            continue
        heat = predictor.explain(scan)
        if heat.peak <= 0:
            continue
        similar.append([_similarity(heat.raw, other.explain(scan).raw) for other in others.values()])
        grid = predictor.card.input.grid(scan)[0]
        curves.append(_curves(predictor, grid, heat.on_grid(), seed=len(curves)))
        patients.append(item.patient_key)
        if progress:
            progress(len(patients))
        if len(patients) == MAX_IMAGES:
            break
    if not patients:
        return None
    boot, s, c = Bootstrap.of(np.array(patients)), np.array(similar), np.stack(curves)
    areas = np.trapezoid(c, SHARES, axis=2)  # images × (deletion, insertion, random deletion, random insertion)
    deletion, insertion, deletion_random, insertion_random = (tuple(curve.round(5).tolist()) for curve in c.mean(0))
    return Faithfulness(
        n=len(patients),
        n_patients=boot.n_patients,
        randomised=tuple(Randomisation(part=part, similarity=boot.mean(s[:, i])) for i, part in enumerate(PARTS)),
        curves=DeletionCurves(
            shares=tuple(SHARES.tolist()),
            deletion=deletion,
            insertion=insertion,
            deletion_random=deletion_random,
            insertion_random=insertion_random,
        ),
        deletion=boot.mean(areas[:, 0] - areas[:, 2]),
        insertion=boot.mean(areas[:, 1] - areas[:, 3]),
    )


def _similarity(a: np.ndarray, b: np.ndarray) -> float:
    """Rank correlation of two maps; 0 where one of them is flat."""
    return 0.0 if np.ptp(a) == 0 or np.ptp(b) == 0 else float(spearmanr(a.ravel(), b.ravel()).statistic)


def _curves(predictor: Predictor, grid: np.ndarray, heat: np.ndarray, seed: int) -> np.ndarray:
    """Scores, float (4, shares): the hottest pixels of the breast first, replaced by or taken into a blurred image; then at random."""
    image = grid.astype(np.float32) / 65535
    empty, inside = cv2.GaussianBlur(image, (0, 0), grid.shape[1] / 16), breast_mask(image)
    rng = np.random.default_rng(seed)
    # As coarse as a heatmap, so that the two orders differ in where they lie and not in how finely they are cut.
    patches = cv2.resize(rng.random((12, 8), np.float32), grid.shape[::-1], interpolation=cv2.INTER_CUBIC)
    variants = []
    for order in (heat, patches):
        rank = np.full(grid.shape, np.inf)
        rank[inside] = np.argsort(np.argsort(-order[inside], kind="stable")) / max(1, inside.sum())
        taken = [rank < share for share in SHARES]
        variants += [np.where(t, empty, image) for t in taken] + [np.where(t, image, empty) for t in taken]
    batch = np.stack([predictor.card.input.finish(v.astype(np.float32)) for v in variants])
    return predictor.scores(batch).reshape(4, len(SHARES))
