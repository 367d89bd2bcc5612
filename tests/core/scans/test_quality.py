import io

import cv2
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
    image = Image.new("L", (480, 640), 255)
    pen = ImageDraw.Draw(image)
    for row in range(28):
        pen.text((30, 20 + 21 * row), "the quick brown fox jumps over the lazy dog " * 2, fill=0)
    return np.array(image)


@pytest.mark.parametrize(
    ("image", "words"),
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
def test_refused_with_the_reason(image, words):
    quality = assess(scan_of(image))
    assert not quality.ok
    assert words in " ".join(quality.reasons)


@pytest.mark.parametrize("share", [0.02, 0.06, 0.25])
def test_a_mammogram_without_a_breast_is_refused(make_dicom, share):
    """A label alone, as where the detector was exposed without a patient: its file says that it is a mammogram."""
    values = np.random.default_rng(0).integers(0, 60, (800, 640)).astype(np.uint16)
    values[80 : 80 + int(800 * share / 2), 400 : 400 + int(640 * share)] = 4000
    quality = assess(read_scan(make_dicom(values, WindowCenter=2048, WindowWidth=4096)))
    assert not quality.ok
    assert ("blank" if share < 0.1 else "no breast") in quality.reasons[0]


@pytest.mark.parametrize("at", [(40, 300), (0, 300), (300, 0)], ids=("inside", "at the upper border", "at the left border"))
@pytest.mark.parametrize("tagged", [True, False])
def test_a_label_alone_cannot_be_assessed(make_dicom, at, tagged):
    """R MLO in white on an empty image, as a DICOM mammogram and as a PNG without tags."""
    values = np.random.default_rng(0).integers(0, 60, (800, 640)).astype(np.uint16)
    label = np.full((130, 300), 220, np.uint8)
    cv2.putText(label, "R MLO", (10, 100), cv2.FONT_HERSHEY_SIMPLEX, 3, 20, 8)
    values[at[0] : at[0] + 130, at[1] : at[1] + 300] = label.astype(np.uint16) << 4
    scan = read_scan(make_dicom(values, WindowCenter=2048, WindowWidth=4096)) if tagged else scan_of((values >> 4).astype(np.uint8))
    quality = assess(scan)
    assert not quality.ok
    assert "breast" in " ".join(quality.reasons)


@pytest.mark.parametrize("height", [0.3, 0.6])
def test_a_small_breast_on_a_large_detector_is_one(make_dicom, height):
    y, x = np.mgrid[:800, :640]
    inside = np.hypot((y - 400) / (400 * height), x / (300 * height)) < 1
    values = np.where(inside, 1500 + np.random.default_rng(0).normal(0, 100, inside.shape), 20).astype(np.uint16)
    assert assess(read_scan(make_dicom(values, WindowCenter=2048, WindowWidth=4096))).ok


def across(straight):
    """Tissue from the upper to the lower border: a limb whose edges sway, or a breast cut above and below, with a straight chest wall."""
    rows, cols = np.mgrid[:640, :480].astype(np.float32)
    left = np.full(640, 150.0) if straight else 150 + 25 * np.sin(np.arange(640) / 110)
    right = 330 + 25 * np.sin(np.arange(640) / 110)
    middle, half = ((left + right) / 2)[:, None], ((right - left) / 2)[:, None]
    tissue = 60 + 110 * np.sqrt(np.clip(1 - ((cols - middle) / half) ** 2, 0, 1))
    inside = (cols > left[:, None]) & (cols < right[:, None])
    noise = np.random.default_rng(0).normal(0, 6, rows.shape)
    return np.where(inside, tissue + noise, 4).clip(0, 255).astype(np.uint8)


def test_a_limb_is_no_mammogram_cut_above_and_below():
    assert assess(scan_of(across(straight=True))).ok
    assert not assess(scan_of(across(straight=False))).ok
    assert not assess(scan_of(across(straight=False).T)).ok


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
