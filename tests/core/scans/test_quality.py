import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.scans import assess, read_scan


def scan_of(array):
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(array)).save(out, "PNG")
    return read_scan(out.getvalue())


def page():
    picture = Image.new("L", (480, 640), 255)
    pen = ImageDraw.Draw(picture)
    for row in range(28):
        pen.text((30, 20 + 21 * row), "the quick brown fox jumps over the lazy dog " * 2, fill=0)
    return np.array(picture)


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (np.full((400, 300), 90, np.uint8), "blank"),
        (np.zeros((60, 400), np.uint8), "too small"),
        (np.random.default_rng(0).integers(0, 256, (400, 300)).astype(np.uint8), "noise"),
        (np.tile(np.linspace(0, 255, 300).astype(np.uint8), (400, 1)), "breast"),
        (page(), "text"),
        (np.tile(np.array([[[200, 40, 40]]], np.uint8), (300, 300, 1)), "colour"),
    ],
    ids=("blank", "small", "noise", "gradient", "text", "colour"),
)
def test_refused_with_the_reason(picture, words):
    quality = assess(scan_of(picture))
    assert not quality.ok
    assert words in " ".join(quality.reasons)


@pytest.mark.parametrize("exam", range(1, 5))
def test_phantoms_pass_with_and_without_tags(exam):
    view = draw(plan_exam(8, exam), "R", "MLO", "small")
    assert assess(read_scan(dicom_bytes(view))).ok
    assert assess(scan_of((view.pixels / 16).astype(np.uint8))).ok


def test_real_films_and_real_others(real_data):
    samples = real_data / "dicom-samples"
    assert assess(read_scan((samples / "MG1_J2KI").read_bytes())).ok
    for name in ("RG1_J2KI", "RG3_RLE"):
        scan = read_scan((samples / name).read_bytes())
        assert not assess(scan).ok
        assert not assess(scan_of(np.rint(scan.display() * 255).astype(np.uint8))).ok, f"{name} without tags"
    films = sorted((real_data / "mini-mias" / "all-mias").glob("*.pgm"))[::8]
    assert sum(not assess(read_scan(p.read_bytes())).ok for p in films) <= 1
