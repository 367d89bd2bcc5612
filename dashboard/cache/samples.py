"""The shipped sample exam: a phantom with its prior, its ground truth, and what a shipped model says of it. No torch.

A stored prediction counts only for the weights, the input and the pixels that it was computed with. `.ci/samples.py` writes the folder.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pydantic import BaseModel, TypeAdapter

from core.imaging.input import InputSpec
from core.inference.prediction import Prediction
from core.inference.saliency import Saliency
from core.models.card import Card
from core.scans import Scan
from dashboard.images.outline import Outline

if TYPE_CHECKING:
    from dashboard.cache.predictions import Explained

FOLDER = Path(__file__).parents[1] / "samples"
STORED = FOLDER / "samples.json"
HERO_IMAGE = FOLDER / "exam.webp"  # the exam with its heat, for the first screen


class StoredMap(BaseModel):
    """A heatmap without its geometry, which the input gives."""

    method: str
    layer: str
    stride: float
    first: float
    raw: list[list[float]]


class StoredPrediction(BaseModel):
    """A prediction with its heatmaps by label, and what it holds for."""

    pixel_sha256: str
    weights_sha256: str
    temperature: float
    prediction: Prediction
    maps: dict[str, StoredMap]

    @classmethod
    def of(cls, scan: Scan, card: Card, explained: Explained) -> StoredPrediction:
        """What is stored of a computed prediction."""
        maps = {
            label: StoredMap(method=m.method, layer=m.layer, stride=m.stride, first=m.first, raw=m.raw.tolist())
            for label, m in explained[1].items()
        }
        return cls(
            pixel_sha256=scan.pixel_sha256,
            weights_sha256=card.weights.sha256,
            temperature=card.temperature,
            prediction=explained[0],
            maps=maps,
        )


class StoredView(BaseModel):
    """One file of the sample exam."""

    prior: bool
    truth: tuple[Outline, ...]
    prediction: StoredPrediction


class Sample(NamedTuple):
    """One file of the sample exam with its ground truth."""

    name: str
    data: bytes
    truth: tuple[Outline, ...]


VIEWS = TypeAdapter(dict[str, StoredView])  # by file name, in the order of opening


@cache
def _views() -> dict[str, StoredView]:
    return VIEWS.validate_json(STORED.read_bytes()) if STORED.is_file() else {}


def exam(with_prior: bool) -> list[Sample]:
    """The views of the sample exam, and those of its prior after them."""
    return [Sample(name, (FOLDER / name).read_bytes(), view.truth) for name, view in _views().items() if with_prior or not view.prior]


def prediction(scan: Scan, card: Card, input: InputSpec) -> Explained | None:
    """The stored prediction and heatmaps of a scan; None where these weights did not read these pixels by this input."""
    by_scan = {v.prediction.prediction.scan_sha256: v.prediction for v in _views().values()} if scan.synthetic else {}
    found = by_scan.get(scan.sha256)
    if found is None:
        return None
    now = (card.name, card.weights.sha256, card.temperature, card.threshold, input, scan.pixel_sha256)
    then = found.prediction
    if now != (then.checkpoint, found.weights_sha256, found.temperature, then.threshold, then.input, found.pixel_sha256):
        return None
    geometry = input.grid(scan)[1]
    maps = {
        label: Saliency(scan.sha256, card.name, label, m.method, m.layer, np.array(m.raw, np.float32), m.stride, m.first, geometry)
        for label, m in found.maps.items()
    }
    return then, maps
