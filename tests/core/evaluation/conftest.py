"""Twelve images of six patients whose every number is worked by hand; and mammograms with a bright disc, with a model that looks for it."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from core.datasets.manifest import Item, Manifest
from core.device import pick
from core.evaluation.predictions import table
from core.evaluation.report import Header
from core.imaging.input import InputSpec
from core.inference.predictor import Predictor
from core.labels import TRIAGE, TUMOUR
from core.models.architectures import Classifier
from core.models.card import Card, DataUse, Estimate, Weights
from core.models.heads import CamLayer
from core.scans.quality import Quality

TWELVE = [  # label, probabilities of normal, benign, malignant
    ("normal", 0.8, 0.1, 0.1),
    ("normal", 0.8, 0.1, 0.1),
    ("normal", 0.7, 0.1, 0.2),
    ("normal", 0.1, 0.6, 0.3),
    ("benign", 0.1, 0.7, 0.2),
    ("benign", 0.1, 0.6, 0.3),
    ("benign", 0.2, 0.2, 0.6),
    ("benign", 0.8, 0.1, 0.1),
    ("malignant", 0.1, 0.1, 0.8),
    ("malignant", 0.2, 0.1, 0.7),
    ("malignant", 0.2, 0.2, 0.6),
    ("malignant", 0.1, 0.6, 0.3),
]


@pytest.fixture
def twelve():
    rows = [{"sha256": f"{i:064x}", "patient": f"p{i // 2}", "split": "test", "label": r[0]} for i, r in enumerate(TWELVE)]
    return table(rows, np.log([r[1:] for r in TWELVE]), TRIAGE)


@pytest.fixture
def header():
    return Header("a", "A", True, TRIAGE, "0", None, 1.0, 0.5, "by hand")


def make_bright_reader(threshold=0.0):
    """Brightness of 8 × 8 tiles speaks for "tumour"."""
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, 2))
    with torch.no_grad():
        head[2].weight.copy_(torch.tensor([[-5.0], [5.0]]))
        head[2].bias.zero_()  # drawn at random it made some runs steeper than others
    e = Estimate(value=0.5, low=0.4, high=0.6, method="m", n=1)
    use = DataUse(sources=(), terms="", synthetic=False, manifest_sha256="", split_sha256="", images={}, patients={}, classes={})
    card = Card(
        **dict.fromkeys(("name", "title", "summary", "threshold_rule", "intended_use", "licence", "initial_weights", "created"), "x"),
        **{"architecture": "resnet18", "dropout": 0, "label_space": TUMOUR, "temperature": 1, "threshold": threshold, "data": use},
        **{
            "metrics": {},
            "majority_baseline": e,
            "limits": (),
            "weights": Weights(sha256="", signature="", parameters=1),
            "versions": {},
            "recipe": {},
        },
        input=InputSpec(size=(128, 96), channels=1, mean=(0.0,), std=(1.0,)),
    )
    return Predictor(card, Classifier(nn.Sequential(nn.AvgPool2d(8)), head, CamLayer("trunk", 8, 3.5)), pick("cpu"))


@pytest.fixture
def bright_reader(monkeypatch):
    """Makes the reader above; the drawn half ellipses are too smooth for the quality gate."""
    monkeypatch.setattr("core.inference.predictor.assess", lambda scan: Quality(True))
    return make_bright_reader


@pytest.fixture
def films(tmp_path):
    """Half ellipses with a bright disc at (300, 120), radius 25. The box of the second lies elsewhere; the third has none."""
    rows, cols = np.mgrid[:600, :480]
    items = []
    for i, box in enumerate([(270, 90, 330, 150), (400, 90, 440, 130), None]):
        image = np.where(((rows - 300) / 240) ** 2 + (cols / 336) ** 2 < 1, 20000 + i, 500).astype(np.uint16)
        image[(rows - 300) ** 2 + (cols - 120) ** 2 < 25**2] = 65535
        cv2.imwrite(str(tmp_path / f"{i}.png"), image)
        rois = ((*box, "mass"),) if box else ()
        items.append(Item(f"{i}.png", "tumour", f"p{i}", "x", split="test", rois=rois))
    return Manifest(Path(tmp_path), TUMOUR, tuple(items), terms="")
