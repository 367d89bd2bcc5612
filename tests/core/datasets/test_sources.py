"""The traps of each source, in small folders of the same layout."""

from collections import Counter

import cv2
import numpy as np
import pytest

from core.datasets.sources import open_folder
from core.datasets.split import assign
from core.errors import DataError
from core.labels import TISSUE, TUMOUR

INFO = """\
mdb143 F CIRC B 500 300 60
mdb144 F MISC B 233 994 29
mdb144 F MISC M 313 540 27  \n\
mdb145 G NORM
mdb146 D ASYM B *NOTE 3*
mdb233 G CALC M *NOTE 3*
mdb234 G NORM
"""


@pytest.fixture
def mias(tmp_path):
    (tmp_path / "Info.txt").write_text("MIAS, a heading that is no row\n\n" + INFO)
    for film in sorted({line.split()[0] for line in INFO.splitlines()}):
        (tmp_path / f"{film}.pgm").write_bytes(b"P5\n1 1\n255\n\0")
    return tmp_path


def test_mini_mias_traps(mias):
    films = {i.path: i for i in open_folder(mias).items}
    assert {p: i.label for p, i in films.items()} == {
        "mdb143.pgm": "benign",
        "mdb144.pgm": "malignant",  # a benign and a malignant row
        "mdb145.pgm": "normal",
        "mdb146.pgm": "benign",
        "mdb233.pgm": "malignant",
        "mdb234.pgm": "normal",
    }
    assert films["mdb143.pgm"].patient == films["mdb144.pgm"].patient
    assert films["mdb144.pgm"].patient != films["mdb145.pgm"].patient
    assert all(i.laterality is None for i in films.values())
    assert films["mdb233.pgm"].rois == films["mdb145.pgm"].rois == ()
    assert len(films["mdb144.pgm"].rois) == 2


def test_mini_mias_counts_rows_from_the_bottom(mias):
    top, left, bottom, right, kind = next(i for i in open_folder(mias).items if i.path == "mdb143.pgm").rois[0]
    assert ((top + bottom - 1) / 2, (left + right - 1) / 2) == (1023 - 300, 500)
    assert (bottom - top, kind) == (121, "CIRC")


def test_mini_mias_tissue_is_a_task_of_its_own(mias):
    labels = {i.path: i.label for i in open_folder(mias, TISSUE).items}
    assert labels["mdb143.pgm"] == labels["mdb144.pgm"] == "fatty"
    assert labels["mdb145.pgm"] == labels["mdb233.pgm"] == "glandular"
    assert labels["mdb146.pgm"] == "dense"


def test_mini_mias_without_a_film_is_refused(mias):
    (mias / "mdb145.pgm").unlink()
    with pytest.raises(DataError, match="mdb145"):
        open_folder(mias)


def image(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.zeros((8, 8), np.uint8))


def test_roboflow_is_grouped_by_patient_and_its_own_split_is_dropped(tmp_path):
    for split, label, patient in (("train", "benign", 7), ("valid", "benign", 7), ("test", "malignant", 8), ("train", "malignant", 9)):
        name = f"{patient}_{patient * 100 + len(split)}_png.rf.{'0a' * 16}.jpg"
        image(tmp_path / split / label / name)
    manifest = open_folder(tmp_path)
    assert manifest.space == TUMOUR
    assert Counter(i.patient for i in manifest.items) == {"7": 2, "8": 1, "9": 1}
    assert Counter(i.label for i in manifest.items) == {"no tumour": 2, "tumour": 2}
    assert {i.split for i in manifest.items} == {None}
    assert "non-commercial" in manifest.terms


def test_folder_per_class_keeps_its_own_split(tmp_path):
    for split, label, name in (
        ("train", "Normal", "a_1"),
        ("val", "benign", "b_1"),
        ("test", "malignant", "c_1"),
        ("test", "malignant", "c_2"),
    ):
        image(tmp_path / split / label / f"{name}.png")
    manifest = open_folder(tmp_path)
    assert manifest.space.name == "triage"
    assert {(i.split, i.label, i.patient) for i in manifest.items} == {
        ("train", "normal", "a"),
        ("validation", "benign", "b"),
        ("test", "malignant", "c"),
    }


def test_unknown_layouts_and_labels_are_refused(tmp_path):
    with pytest.raises(DataError, match="no folder"):
        open_folder(tmp_path / "none")
    with pytest.raises(DataError, match="not known"):
        open_folder(tmp_path)
    image(tmp_path / "cats" / "1.png")
    image(tmp_path / "dogs" / "2.png")
    with pytest.raises(DataError, match="fit no label space"):
        open_folder(tmp_path)


@pytest.mark.parametrize(
    ("folder", "classes", "patients"),
    [
        ("mini-mias", {"normal": 207, "benign": 63, "malignant": 52}, 161),
        ("roboflow-breast-cancer", {"no tumour": 1752, "tumour": 913}, 758),
    ],
)
def test_real_sources_hold_what_they_are_known_to_hold(real_data, folder, classes, patients):
    manifest = assign(open_folder(real_data / folder))
    manifest.check()
    assert Counter(i.label for i in manifest.items) == classes
    assert sum(manifest.patients().values()) == patients
