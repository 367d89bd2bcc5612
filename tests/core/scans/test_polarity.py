"""Negatives among images without a header."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.datasets.phantom import draw, plan_exam
from core.scans import read_scan

LABELS = Path(__file__).with_name("polarity_labels.csv")


@pytest.mark.parametrize("laterality", ["L", "R"])
@pytest.mark.parametrize("view", ["CC", "MLO"])
def test_a_negative_is_righted_and_said(laterality, view):
    image = (draw(plan_exam(3, 1), laterality, view, "small").pixels / 16).astype(np.uint8)
    scans = []
    for values in (image, 255 - image):
        out = io.BytesIO()
        Image.fromarray(values).save(out, "PNG")
        scans.append(read_scan(out.getvalue()))
    positive, negative = scans
    assert not positive.inverted
    assert negative.inverted
    assert any("negative" in a for a in negative.assumptions)
    np.testing.assert_allclose(positive.display(), negative.display(), atol=1e-6)


def test_against_labels_by_eye(real_data):
    folder = real_data / "roboflow-breast-cancer"
    paths = {p.stem: p for p in folder.glob("*/*.jpg")}
    wrong = []
    with open(LABELS, newline="") as f:
        rows = list(csv.DictReader(f))
    for row in rows:
        if read_scan(paths[row["stem"]].read_bytes()).inverted != (row["inverted"] == "1"):
            wrong.append(row)
    assert len(rows) == 200
    assert len(wrong) <= 2, wrong


def test_no_mias_film_is_inverted(real_data):
    films = sorted((real_data / "mini-mias" / "all-mias").glob("*.pgm"))
    assert sum(read_scan(p.read_bytes()).inverted for p in films) == 0
