from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from core.datasets.manifest import Item, Manifest
from core.device import pick
from core.evaluation.localisation import localise, summarise
from core.imaging.input import InputSpec
from core.labels import TUMOUR
from core.models.architectures import CamLayer, Classifier
from core.models.card import Card, DataUse, Estimate, Weights
from core.reading.reader import Reader
from core.scans.quality import Quality


def bright_reader(threshold=0.0):
    """Brightness of 8 × 8 tiles speaks for "tumour"."""
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, 2))
    with torch.no_grad():
        head[2].weight.copy_(torch.tensor([[-5.0], [5.0]]))
    e = Estimate(value=0.5, low=0.4, high=0.6, method="m", n=1)
    use = DataUse(sources=(), terms="", synthetic=False, manifest_sha256="", split_sha256="", images={}, patients={}, classes={})
    card = Card(
        **dict.fromkeys(("name", "title", "summary", "threshold_rule", "intended_use", "licence", "initial_weights", "created"), "x"),
        **{"architecture": "resnet18", "dropout": 0, "label_space": TUMOUR, "temperature": 1, "threshold": threshold, "data": use},
        **{"metrics": {}, "majority_baseline": e, "limits": (), "weights": Weights(sha256="", parameters=1), "versions": {}, "recipe": {}},
        input=InputSpec(size=(128, 96), channels=1, mean=(0.0,), std=(1.0,)),
    )
    return Reader(card, Classifier(nn.Sequential(nn.AvgPool2d(8)), head, CamLayer("trunk", 8, 3.5)), pick("cpu"))


@pytest.fixture(autouse=True)
def _no_gate(monkeypatch):
    """The drawn half ellipses are too smooth for the quality gate."""
    monkeypatch.setattr("core.reading.reader.assess", lambda scan: Quality(True))


@pytest.fixture
def films(tmp_path):
    """Half ellipses with a bright disc at (300, 120), radius 25. The box of the second lies elsewhere; the third has none."""
    rows, cols = np.mgrid[:600, :480]
    items = []
    for i, box in enumerate([(270, 90, 330, 150), (400, 90, 440, 130), None]):
        picture = np.where(((rows - 300) / 240) ** 2 + (cols / 336) ** 2 < 1, 20000 + i, 500).astype(np.uint16)
        picture[(rows - 300) ** 2 + (cols - 120) ** 2 < 25**2] = 65535
        cv2.imwrite(str(tmp_path / f"{i}.png"), picture)
        rois = ((*box, "mass"),) if box else ()
        items.append(Item(f"{i}.png", "tumour", f"p{i}", "x", split="test", rois=rois))
    return Manifest(Path(tmp_path), TUMOUR, tuple(items), terms="")


def test_a_peak_in_the_box_hits_and_one_beside_it_misses(films):
    block = localise(bright_reader(), films, films.items)
    assert (block["n"], block["not_called"]) == (2, 0)
    assert block["hit"]["value"] == 0.5
    # Ellipses of 60 × 60 and 40 × 40 pixels in half an ellipse with semi-axes 240 and 336.
    breast = np.pi * 240 * 336 / 2
    assert block["random"]["value"] == pytest.approx(np.pi * (30 * 30 + 20 * 20) / 2 / breast, rel=0.1)
    assert block["centre"]["value"] == pytest.approx(0.5)  # 4/(3π) of 336 is column 143, row 300: inside the first box
    assert "of 2 images (patients: 2)" in block["text"]


def test_images_not_called_positive_are_counted_apart(films):
    assert localise(bright_reader(threshold=1.0), films, films.items) is None


def test_differences_are_paired_and_clustered():
    rng = np.random.default_rng(0)
    hits = rng.random(200) < 0.8
    rows = np.stack([hits, np.full(200, 0.02), np.zeros(200)], 1).astype(float)
    block = summarise(rows, np.repeat(np.arange(50), 4), "malignant")
    d = block["difference_random"]
    assert d["value"] == pytest.approx(hits.mean() - 0.02)
    assert 0 < d["low"] < d["value"] < d["high"]
    assert d["n_patients"] == 50
    assert block["difference_centre"]["value"] == pytest.approx(hits.mean())


def test_one_patient_tells_nothing_of_a_difference():
    d = summarise(np.array([[0.0, 0.02, 0.0]] * 3), np.array(["p"] * 3), "malignant")["difference_random"]
    assert (d["low"], d["high"]) == (-1.0, 1.0)
