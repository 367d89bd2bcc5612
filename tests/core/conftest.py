"""A model with known answers: brightness speaks for "tumour", darkness for nothing."""

import numpy as np
import pytest
import torch
from torch import nn

from core.device import pick
from core.imaging.input import InputSpec
from core.inference.predictor import Predictor
from core.labels import TUMOUR
from core.models.architectures import Classifier
from core.models.card import Card, DataUse, Estimate, Weights
from core.models.heads import CamLayer
from core.scans.quality import Quality
from core.scans.scan import Scan
from core.scans.windows import Window


def make_card(name="hand-made", synthetic=False, **changes):
    e = Estimate(value=0.7, low=0.6, high=0.8, method="bootstrap", n=100, n_patients=40)
    fields = dict(
        name=name,
        title=name,
        summary="s",
        architecture="resnet18",
        dropout=0.0,
        label_space=TUMOUR,
        input=InputSpec(size=(128, 96), channels=1, mean=(0.0,), std=(1.0,)),
        temperature=2.0,
        threshold=0.5,
        threshold_rule="Youden",
        data=DataUse(
            sources=("x",), terms="t", synthetic=synthetic, manifest_sha256="0", split_sha256="1", images={}, patients={}, classes={}
        ),
        metrics={"auroc": e},
        majority_baseline=e,
        intended_use="research",
        limits=(),
        licence="l",
        weights=Weights(sha256="0", signature="", parameters=1),
        initial_weights="random",
        versions={},
        created="2026-01-01",
        recipe={},
    )
    return Card(**{**fields, **changes})


def make_model(tumour_weight=5.0, bias=0.0):
    """Trunk: mean brightness of 8 × 8 tiles. Head: its mean, times `tumour_weight`, is the tumour logit."""
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, 2))
    with torch.no_grad():
        head[2].weight.copy_(torch.tensor([[-tumour_weight], [tumour_weight]]))
        head[2].bias.copy_(torch.tensor([0.0, bias]))
    return Classifier(nn.Sequential(nn.AvgPool2d(8)), head, CamLayer("trunk", 8, 3.5))


def make_scan(lesion=(250, 120, 20), h=600, w=480, chest_right=False, synthetic=False, spacing=None):
    """A half ellipse against one side with a bright disc (row, col, radius); coordinates hold for the image as it hangs."""
    rows, cols = np.mgrid[:h, :w]
    x = w - 1 - cols if chest_right else cols
    image = np.where(((rows - h / 2) / (0.4 * h)) ** 2 + (x / (0.7 * w)) ** 2 < 1, 20000, 500)
    if lesion:
        image[(rows - lesion[0]) ** 2 + (cols - lesion[1]) ** 2 < lesion[2] ** 2] = 65535
    key = f"{lesion}{h}{w}{chest_right}"
    window = Window(32767.5, 65535, "LINEAR_EXACT")
    return Scan(image.astype(np.uint16), (window,), False, key, key, "PNG", 16, spacing_mm=spacing, synthetic=synthetic)


@pytest.fixture(autouse=True)
def _no_gate(monkeypatch):
    """The drawn half ellipses are too smooth for the quality gate, which has tests of its own."""
    monkeypatch.setattr("core.inference.predictor.assess", lambda scan: Quality(True))


@pytest.fixture
def predictor():
    return Predictor(make_card(), make_model(), pick("cpu"))


@pytest.fixture
def card_of():
    return make_card


@pytest.fixture
def model_of():
    return make_model


@pytest.fixture
def scan_of():
    return make_scan
