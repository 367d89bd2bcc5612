"""The audit finds what each planted fault is, and nothing in clean data."""

from collections import Counter
from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.datasets import phantom
from core.datasets.audit import audit, cramers_v, refuse
from core.datasets.data_card import DataCard
from core.datasets.duplicates import stem
from core.datasets.manifest import Item
from core.datasets.sources import open_folder
from core.datasets.split import assign
from core.errors import DataError


def film(seed):
    """A breast-like image of its own, uint8 (160, 120)."""
    rows, cols = np.mgrid[:160, :120]
    noise = np.random.default_rng(seed).normal(size=(160, 120)).astype(np.float32)
    texture = cv2.GaussianBlur(noise, (0, 0), 2)
    breast = ((rows - 80) / 70) ** 2 + (cols / 90) ** 2 < 1
    return np.where(breast, 110 + 200 * texture, 4).clip(0, 255).astype(np.uint8)


def write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels)


@pytest.fixture
def clean(tmp_path):
    """30 patients with one mammogram each, half of them malignant."""
    for n in range(30):
        write(tmp_path / ("benign", "malignant")[n % 2] / f"w{n}_1.png", film(n))
    return tmp_path


def checks(manifest):
    return Counter((f.check, f.stops) for f in audit(manifest))


def test_nothing_is_found_in_clean_data(clean):
    assert not checks(open_folder(clean))
    assert checks(assign(open_folder(clean), folds=3)) == {("counts", False): 3}


def test_augmenting_before_the_split_is_found_by_what_the_images_show(clean):
    for n in range(6):
        altered = np.rot90(film(n), n % 4)[:, :: (1, -1)[n % 2]]
        write(clean / ("benign", "malignant")[n % 2] / f"other{n}_1.jpg", 255 - cv2.resize(np.ascontiguousarray(altered), (200, 150)))
    (found,) = [f for f in audit(open_folder(clean)) if f.check == "near-duplicates"]
    assert found.stops
    assert len(found.pairs) == 6
    with pytest.raises(DataError, match="6 pairs of images show the same mammogram"):
        refuse([found], None)
    refuse([found], "to show what leakage does")


def test_patients_and_files_on_both_sides(tmp_path):
    for n in range(12):
        for split in ("train", "test"):
            write(tmp_path / split / ("benign", "malignant")[n % 2] / f"w{n}_{split}.png", film(n if n == 3 else 1000 * len(split) + n))
    found = {f.check: f for f in audit(open_folder(tmp_path))}
    assert found["patients"].sentence.startswith("12 patients")
    assert found["files"].pairs == found["near-duplicates"].pairs == (("test/malignant/w3_test.png", "train/malignant/w3_train.png"),)


def test_the_eight_folders_with_numbered_copies(tmp_path):
    for n in range(32):
        image, folder = n // 4, f"Density{n // 8 + 1}{('Benign', 'Malignant')[n // 4 % 2]}"
        write(tmp_path / folder / f"{20586960 + image} ({n % 4 + 1}).png", film(n))
    found = checks(open_folder(tmp_path))
    assert found["names", True] == 1
    assert found["keys", True] == 1


def test_equal_names_in_every_patients_folder_tell_nothing(tmp_path):
    rows = ["path,label,patient"]
    for n in range(30):
        write(tmp_path / f"w{n}" / "R_CC.png", film(n))
        rows.append(f"w{n}/R_CC.png,{('benign', 'malignant')[n % 2]},w{n}")
    (tmp_path / "table.csv").write_text("\n".join(rows))
    assert not checks(open_folder(tmp_path))


def test_a_key_of_four_patients(clean):
    for n in range(30):
        path = clean / ("benign", "malignant")[n % 2] / f"w{n}_1.png"
        path.rename(path.with_name(f"site{n % 4}_{n}.png"))
    (found,) = [f for f in audit(open_folder(clean)) if f.check == "keys"]
    assert found.stops
    assert "4 patients were found in 30 images" in found.sentence


def test_a_class_of_one_scanner_only(clean):
    rows = ["path,label,source"]
    for n in range(30):
        label, source = ("normal", "malignant", "benign")[n % 3], "A" if n % 3 == 0 else "BC"[n % 2]
        rows.append(f"{('benign', 'malignant')[n % 2]}/w{n}_1.png,{label},{source}")
    (clean / "table.csv").write_text("\n".join(rows))
    manifest = open_folder(clean)
    said = " ".join(f.sentence for f in audit(manifest))
    assert "All images of normal come from A" in said
    assert "Cramér's V" in said
    assert DataCard.of(manifest).cramers_v == pytest.approx(cramers_v(manifest.items))


def test_cramers_v_of_a_table_worked_by_hand():
    # 30, 10 / 10, 30: chi² = 80 · (30·30 − 10·10)² / 40⁴ = 20, V = √(20 / 80) = 0.5
    rows = [("a", "x")] * 30 + [("a", "y")] * 10 + [("b", "x")] * 10 + [("b", "y")] * 30
    items = [Item("p", label, "1", source) for label, source in rows]
    assert cramers_v(items) == pytest.approx(0.5)
    assert cramers_v(items[:30]) is None


@pytest.mark.parametrize(
    "name",
    [
        "12.png",
        "12 (3).png",
        "12_flip.png",
        "12-rot90.jpg",
        "12_jpg.rf.0a1b2c3d4e5f.jpg",
        "12_aug_7.png",
        "12 copy.png",
        "12_hflip_rot_2.png",
    ],
)
def test_names_of_copies(name):
    assert stem(f"train/{name}") == "12"


@pytest.mark.parametrize("name", ["12_3.png", "mdb001.pgm", "10011_1031443799_png.rf.123.jpg", "flip.png"])
def test_names_that_are_kept(name):
    assert stem(name) == name.rsplit(".", 1)[0]


def test_training_stops_on_copies(clean, tmp_path_factory):
    from core.training.data import prepare
    from core.training.recipe import load_recipe

    for n in range(4):
        write(clean / "benign" / f"copy{n}_1.png", film(2 * n)[:, ::-1])
    recipe = load_recipe("roboflow-tumour", ["input.size=[32, 24]", "folds=3"])
    with pytest.raises(DataError, match="show the same mammogram"):
        prepare(recipe, clean)
    assert len(prepare(recipe, clean, waive="a test").grids) == 34


def test_real_sets_are_clean(real_data):
    assert not [f for f in audit(open_folder(real_data / "mini-mias")) if f.stops]


def test_phantoms_are_told_apart_by_what_they_were_drawn_from(tmp_path):
    phantom.make(tmp_path / "drawn", 3, 5, size="small")
    manifest = open_folder(tmp_path / "drawn")
    assert "near-duplicates" not in {f.check for f in audit(manifest)}
    first, *rest = manifest.items
    again = replace(manifest, items=(first, *(replace(i, case=first.case) if i.patient != first.patient else i for i in rest)))
    assert "near-duplicates" in {f.check for f in audit(again)}
