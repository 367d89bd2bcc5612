"""Phantoms: repeatable, the same at every size, and true to their table."""

import csv
import io
import json

import cv2
import numpy as np
import pydicom
import pytest
from PIL import Image

from core.datasets.phantom import dicom_bytes, draw, make, plan_exam, png_bytes, sample_exam
from core.datasets.phantom.objects import SYNTAXES
from core.datasets.phantom.plan import KINDS
from core.errors import DataError
from core.files import sha256_file
from core.scans import read_scan


def exam_with(kind, seed=0):
    """The first exam of a series that shows a kind of lesion, and its side."""
    for number in range(1, 400):
        exam = plan_exam(seed, number)
        for breast in exam.breasts:
            if breast.lesion is not None and breast.lesion.kind == kind:
                return exam, breast.laterality
    raise AssertionError(kind)


def test_equal_arguments_give_equal_bytes():
    first = draw(plan_exam(3, 5), "L", "MLO", "small")
    draw(plan_exam(3, 6), "R", "CC", "small")
    again = draw(plan_exam(3, 5), "L", "MLO", "small")
    assert first.pixels.tobytes() == again.pixels.tobytes()
    assert dicom_bytes(first) == dicom_bytes(again)
    assert png_bytes(first) == png_bytes(again)
    assert draw(plan_exam(4, 5), "L", "MLO", "small").pixels.tobytes() != first.pixels.tobytes()


def test_sizes_show_the_same_anatomy():
    exam, side = exam_with("round mass")
    small, medium = (draw(exam, side, "CC", size) for size in ("small", "medium"))
    shrunk = cv2.resize(medium.pixels.astype(np.float32), small.pixels.shape[::-1], interpolation=cv2.INTER_AREA)
    inside = small.pixels > 300
    # The stamps and the noise differ; the tissue does not.
    assert np.median(np.abs(shrunk - small.pixels)[inside]) < 60
    assert np.corrcoef(shrunk[inside], small.pixels[inside])[0, 1] > 0.95
    half = np.array(medium.lesions[0].box) / 2
    assert np.abs(half - small.lesions[0].box).max() <= 3


@pytest.mark.parametrize("kind", KINDS)
def test_each_lesion_brightens_its_box(kind):
    exam, side = exam_with(kind)
    for view in ("CC", "MLO"):
        with_it, without = draw(exam, side, view, "small"), draw(exam, side, view, "small", with_lesion=False)
        (lesion,) = with_it.lesions
        top, left, bottom, right = lesion.box
        difference = with_it.pixels.astype(int) - without.pixels
        assert difference[top:bottom, left:right][lesion.mask].mean() > 8
        changed = np.abs(difference) > 0
        changed[top - 60 : bottom + 60, left - 60 : right + 60] = False  # spicules and soft edges reach beyond the mask
        assert not changed.any()
        assert with_it.pixels[top:bottom, left:right].min() > 150, "inside the breast"
        assert 4 <= lesion.diameter_mm <= 25
        assert (with_it.label, without.label) == (KINDS[kind][0], "normal")
        assert KINDS[kind][3].lower() in with_it.description


def test_the_other_breast_is_normal():
    exam, side = exam_with("spiculated mass")
    other = draw(exam, "L" if side == "R" else "R", "CC", "small")
    assert (other.label, other.lesions, other.density8) == ("normal", (), None)
    assert "no finding" in other.description


def test_density_shows():
    means = {}
    for number in range(1, 60):
        exam = plan_exam(12, number)
        if len(means.setdefault(exam.density, [])) < 3:
            pixels = draw(exam, "L", "CC", "small", with_lesion=False).pixels
            means[exam.density].append(pixels[pixels > 300].mean())
    averages = [np.mean(means[d]) for d in (1, 2, 3, 4)]
    assert averages == sorted(averages)


def test_chest_wall_hangs_by_side():
    exam = plan_exam(2, 1)
    for side, chest in (("R", np.s_[:, -20:]), ("L", np.s_[:, :20])):
        pixels = draw(exam, side, "CC", "small").pixels
        assert (pixels[chest] > 300).mean() > 0.3


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda s: s.name)
def test_tags_and_twins(syntax):
    view = draw(plan_exam(1, 2), "R", "MLO", "small")
    displays = []
    for bits, monochrome1 in ((12, False), (16, True)):
        data = dicom_bytes(view, bits=bits, monochrome1=monochrome1, syntax=syntax)
        ds = pydicom.dcmread(io.BytesIO(data))
        assert (ds.Modality, ds.PresentationIntentType, ds.BodyPartExamined) == ("MG", "FOR PRESENTATION", "BREAST")
        assert (ds.SyntheticData, ds.ImageLaterality, ds.file_meta.TransferSyntaxUID) == ("YES", "R", syntax)
        scan = read_scan(data)
        assert (scan.label, scan.synthetic, scan.bits, scan.body_part_ok) == ("R MLO", True, bits, True)
        assert scan.spacing_mm == pytest.approx((0.28, 0.28))
        displays.append(scan.display())
    np.testing.assert_allclose(displays[0], displays[1], atol=5e-4)


@pytest.mark.parametrize("flip", [None, 1, 0])
@pytest.mark.parametrize("inverted", [False, True])
def test_a_phantom_is_known_after_its_header_is_lost(flip, inverted):
    image = (draw(plan_exam(9, 3), "L", "CC", "medium").pixels / 16).astype(np.uint8)
    image = cv2.resize(image, (640, 832), interpolation=cv2.INTER_AREA)
    image = image if flip is None else cv2.flip(image, flip)
    data = cv2.imencode(".jpg", 255 - image if inverted else image, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
    assert read_scan(data).synthetic


def test_real_films_are_no_phantoms(real_data):
    films = (
        sorted((real_data / "mini-mias" / "all-mias").glob("*.pgm"))[::4]
        + sorted((real_data / "roboflow-breast-cancer").glob("*/*.jpg"))[::20]
    )
    assert not any(read_scan(p.read_bytes()).synthetic for p in films)


def test_a_folder_is_true_to_its_table(tmp_path):
    done = []
    out = make(tmp_path / "phantoms", 2, 7, size="small", formats=("dicom", "png"), progress=done.append, workers=1)
    assert done == [1, 2]
    with open(out / "phantoms.csv", newline="") as f:
        rows = list(csv.DictReader(f))
    assert len(rows) == 2 * 4 * 2
    for row in rows:
        assert sha256_file(out / row["path"]) == row["sha256"]
        assert bool(json.loads(row["lesions"])) == bool(row["mask"]) == (row["label"] != "normal")
        if row["mask"]:
            mask = np.asarray(Image.open(out / row["mask"]))
            top, left, bottom, right = json.loads(row["lesions"])[0]["box"]
            assert mask[top:bottom, left:right].any()
            assert mask.sum() == mask[top:bottom, left:right].sum()
    with pytest.raises(DataError, match="not empty"):
        make(out, 1, 7)
    with pytest.raises(DataError, match="number of exams"):
        make(tmp_path / "none", 0, 7)


def test_sample_exams_open():
    views = sample_exam(1, "small")
    assert [read_scan(data).label for _, data, _ in views] == ["R CC", "L CC", "R MLO", "L MLO"]
