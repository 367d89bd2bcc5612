"""Twelve images of six patients whose every number is worked by hand."""

import numpy as np
import pytest

from core.evaluation.predictions import table
from core.evaluation.report import Header
from core.labels import TRIAGE

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
