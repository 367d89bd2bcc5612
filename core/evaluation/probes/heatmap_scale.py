"""The range of a checkpoint's heatmap peaks on its validation images: the scale on which its heatmaps are drawn."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from core.datasets.manifest import Item, Manifest
from core.errors import ScanError
from core.evaluation.parts.probes import HeatmapScale
from core.inference.predictor import Predictor
from core.scans.read import read_scan
from core.scans.scan import Scan

RANGE = (5, 50, 95)  # percentiles of the peaks


def heatmap_scale(
    predictor: Predictor, manifest: Manifest, items: Iterable[Item], progress: Callable[[int], None] | None = None
) -> tuple[HeatmapScale, ...]:
    """Percentiles of the Grad-CAM peaks of every class and of the positive group on `items`, usually the validation part."""
    root = Path(manifest.root)
    return scale_of(predictor, (read_scan((root / item.path).read_bytes()) for item in items), progress)


def scale_of(predictor: Predictor, scans: Iterable[Scan], progress: Callable[[int], None] | None = None) -> tuple[HeatmapScale, ...]:
    """The same of scans; what the quality gate refuses is left out. Empty without an image."""
    peaks: dict[str, list[float]] = {label: [] for label in predictor.labels}
    for done, scan in enumerate(scans, 1):
        try:
            _, maps = predictor.predict_and_explain(scan)
        except ScanError:
            continue
        for label, saliency in maps.items():
            peaks[label].append(saliency.peak)
        if progress:
            progress(done)
    return tuple(_scale(label, values) for label, values in peaks.items() if values)


def _scale(label: str, peaks: list[float]) -> HeatmapScale:
    low, median, high = (float(v) for v in np.percentile(peaks, RANGE))
    return HeatmapScale(label=label, n=len(peaks), low=low, median=median, high=high)
