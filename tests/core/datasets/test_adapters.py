"""The traps of the larger data sets, in small folders of the layouts that users download."""

import csv
import plistlib
from collections import Counter

import cv2
import numpy as np
import pytest

from core.datasets.audit import audit
from core.datasets.manifest import Item, Manifest
from core.datasets.regions import regions
from core.datasets.sources import cbis_ddsm, open_folder
from core.datasets.sources import inbreast as inbreast_adapter
from core.datasets.split import assign
from core.errors import DataError
from core.labels import CALCIFICATION, CALCIFICATION4, TISSUE6, TRIAGE


def image(path, shape=(8, 8), box=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros(shape, np.uint8)
    if box:
        pixels[box[0] : box[2], box[1] : box[3]] = 255
    cv2.imwrite(str(path), pixels)


def table(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as f:
        writer = csv.DictWriter(f, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def cbis_row(patient, pathology, view="CC", number=1, part="Training", calc="AMORPHOUS"):
    name = f"Calc-{part}_{patient}_LEFT_{view}"
    return {
        "patient_id": patient,
        "breast density": 3,
        "left or right breast": "LEFT",
        "image view": view,
        "abnormality id": number,
        "abnormality type": "calcification",
        "calc type": calc,
        "calc distribution": "N/A",
        "assessment": 4,
        "pathology": pathology,
        "subtlety": 3,
        "image file path": f"{name}/1.2/1.3/000000.dcm",
        "cropped image file path": f"{name}_{number}/1.4/1.5/000001.dcm\n",
        "ROI mask file path": f"{name}_{number}/1.4/1.5/000000.dcm",
    }


def mass_row(patient, pathology, part="Test"):
    row = cbis_row(patient, pathology, part=part)
    row = {k: str(v).replace("Calc-", "Mass-") for k, v in row.items() if not k.startswith("calc")}
    row["breast_density"] = row.pop("breast density")
    return row | {"mass shape": "OVAL", "mass margins": "ILL_DEFINED", "abnormality type": "mass"}


@pytest.fixture
def cbis(tmp_path):
    """Kaggle's layout: csv/, jpeg/SERIES/…, dicom_info.csv. P_2 stands in both the training and the test tables."""
    calc = [
        cbis_row("P_1", "BENIGN_WITHOUT_CALLBACK", calc="COARSE-PLEOMORPHIC"),
        cbis_row("P_1", "MALIGNANT", number=2, calc="VASCULAR"),
        cbis_row("P_2", "BENIGN"),
        cbis_row("P_3", "BENIGN", "MLO", calc="N/A"),
        cbis_row("P_9", "BENIGN"),
    ]
    table(tmp_path / "csv" / "calc_case_description_train_set.csv", calc)
    table(tmp_path / "csv" / "mass_case_description_test_set.csv", [mass_row("P_2", "MALIGNANT")])
    info = []
    for n, row in enumerate([*calc[:4], mass_row("P_2", "MALIGNANT")]):
        name = row["image file path"].split("/")[0]
        for patient, what, shape in (
            (name, "full mammogram images", (40, 30)),
            (f"{name}_{row['abnormality id']}", "cropped images", (10, 10)),
            (f"{name}_{row['abnormality id']}", "ROI mask images", (40, 30)),
        ):
            path = f"jpeg/1.{n}.{len(info)}/1-001.png"
            image(tmp_path / path, shape, box=(10, 5, 20, 15) if "mask" in what else None)
            info.append({"image_path": f"CBIS-DDSM/{path}", "PatientID": patient, "SeriesDescription": what})
    table(tmp_path / "csv" / "dicom_info.csv", info)
    return tmp_path


def test_cbis_joins_rows_keeps_the_official_test_part_and_drops_its_patients_from_training(cbis):
    manifest = open_folder(cbis)
    assert [(i.patient, i.label, i.split, i.view, i.laterality, i.density) for i in manifest.items] == [
        ("P_1", "malignant", None, "CC", "L", "3"),  # benign without callback, and malignant
        ("P_3", "benign", None, "MLO", "L", "3"),
        ("P_2", "malignant", "test", "CC", "L", "3"),  # breast_density in this table
    ]
    assert any("1 patients of the official test" in t for t in manifest.traps)
    assert any("1 images of the tables are not" in t for t in manifest.traps)
    assert "VASCULAR" in manifest.items[0].note
    assert "N/A" not in manifest.items[1].note


def test_cbis_takes_the_larger_file_for_the_mask(cbis):
    item = open_folder(cbis).items[0]
    assert len(item.masks) == 2
    assert regions(cbis, item)[0] == (10, 5, 20, 15, "mask")


def test_cbis_words_become_the_four_groups_of_calcifications(cbis):
    manifest = open_folder(cbis, CALCIFICATION)
    assert {i.patient: i.label for i in manifest.items} == {"P_1": "macro micro vascular"}  # masses and N/A have none


def test_cbis_leaves_out_and_counts_what_does_not_name_exactly_one_group(cbis):
    calc = [cbis_row("P_1", "BENIGN", calc="COARSE-SKIN"), cbis_row("P_3", "BENIGN", "MLO", calc="N/A")]
    calc.append(cbis_row("P_2", "BENIGN", calc="COARSE-VASCULAR"))
    (cbis / "csv" / "mass_case_description_test_set.csv").unlink()
    table(cbis / "csv" / "calc_case_description_train_set.csv", calc)
    manifest = open_folder(cbis, CALCIFICATION4)
    assert {i.patient: i.label for i in manifest.items} == {"P_1": "macro"}  # two words of one group
    assert any("Left out: 1 images that name none" in t and "1 that name several" in t for t in manifest.traps)
    assert not any("Left out" in t for t in open_folder(cbis, CALCIFICATION).traps)


def test_cbis_as_a_dicom_tree(tmp_path):
    row = cbis_row("P_1", "MALIGNANT")
    table(tmp_path / "calc_case_description_train_set.csv", [row])
    name = row["image file path"].split("/")[0]
    image(tmp_path / "x.png")
    for here in (f"CBIS-DDSM/{name}/08-07-2016-NA/1.0-full mammogram images", f"CBIS-DDSM/{name}_1/08-07-2016-NA/1.0-ROI mask images"):
        (tmp_path / here).mkdir(parents=True)
        (tmp_path / "x.png").rename(tmp_path / here / "1-1.dcm") if "full" in here else image(tmp_path / here / "1-1.png")
    (item,) = open_folder(tmp_path).items
    assert item.path.endswith("1.0-full mammogram images/1-1.dcm")


def test_cbis_tables_without_images_are_refused(tmp_path):
    table(tmp_path / "calc_case_description_train_set.csv", [cbis_row("P_1", "BENIGN")])
    with pytest.raises(DataError, match="none of their 1 images"):
        open_folder(tmp_path)


def test_an_official_test_part_is_kept_and_the_rest_is_split_by_patient(cbis):
    calc = [cbis_row(f"P_{n}", "BENIGN" if n % 2 else "MALIGNANT") for n in range(100, 140)]
    table(cbis / "csv" / "calc_case_description_train_set.csv", calc)
    info = []
    for row in [*calc, mass_row("P_2", "MALIGNANT")]:
        name = row["image file path"].split("/")[0]
        image(cbis / "jpeg" / name / "1.png")
        info.append({"image_path": f"CBIS-DDSM/jpeg/{name}/1.png", "PatientID": name, "SeriesDescription": "full mammogram images"})
    table(cbis / "csv" / "dicom_info.csv", info)
    manifest = assign(open_folder(cbis), folds=5)
    assert Counter(i.split for i in manifest.items) == {"train": 32, "validation": 8, "test": 1}
    assert {i.patient for i in manifest.part("test")} == {"P_2"}


def inbreast(folder, suffix, hashes=True):
    rows = "Patient ID;Patient age;Laterality;View;Acquisition date;File Name;ACR;Bi-Rads\n"
    for n, (side, birads) in enumerate((("R", "1"), ("L", "4a"), ("R", "2"), ("L", "6"))):
        number = 20586900 + n
        rows += f"removed;removed;{side};MLO;201001;{number};{n + 1};{birads}\n"
        middle = f"_{n // 2:016x}_MG_{side}_ML_ANON" if hashes else ""
        image(folder / "AllDICOMs" / f"{number}{middle}{suffix}", (60, 50))
    (folder / "INbreast.csv").write_text(rows + "removed;removed;R;CC;201001;99999999;1;1\n;;;;;;;\n")
    roi = {"Images": [{"ROIs": [{"Name": "Mass", "Point_px": ["(10.5, 20.0)", "(14.0, 26.5)"]}]}]}
    (folder / "AllXML").mkdir()
    (folder / "AllXML" / "20586901.xml").write_bytes(plistlib.dumps(roi))
    (folder / "AllXML" / "20586903.xml").write_bytes(b"<plist>broken")


def test_inbreast_has_no_pathology_and_says_so(tmp_path):
    inbreast(tmp_path, ".png")
    manifest = open_folder(tmp_path)
    assert [i.label for i in manifest.items] == ["normal", "malignant", "benign", "malignant"]
    assert len({i.patient for i in manifest.items}) == 2
    assert manifest.items[1].rois == ((20, 10, 27, 15, "Mass"),)
    assert manifest.items[3].rois == ()  # a broken outline
    assert manifest.items[1].density == "2"
    assert "No pathology" in manifest.traps[0]
    assert "1 images of the table" in manifest.traps[1]


def test_inbreast_copies_without_the_patients_hash_are_not_split_silently(tmp_path):
    inbreast(tmp_path, ".png", hashes=False)
    with pytest.raises(DataError, match="No file name identifies its patient"):
        assign(open_folder(tmp_path))


def test_roboflow_tables(tmp_path):
    for split in ("train", "valid"):
        for n in (1, 2):
            image(tmp_path / split / f"{n}_{n}0_png.rf.{split}.jpg")
    (tmp_path / "train" / "_classes.csv").write_text(
        "filename, negative, positive\n1_10_png.rf.train.jpg, 1, 0\n2_20_png.rf.train.jpg, 0, 1\n"
    )
    (tmp_path / "valid" / "_annotations.csv").write_text(
        "filename,width,height,class,xmin,ymin,xmax,ymax\n"
        "1_10_png.rf.valid.jpg,8,8,negative,1,2,3,4\n2_20_png.rf.valid.jpg,8,8,positive,5,6,7,8\n"
    )
    manifest = open_folder(tmp_path)
    assert [(i.patient, i.label, i.split) for i in manifest.items] == [
        ("1", "no tumour", None),
        ("2", "tumour", None),
        ("1", "no tumour", None),
        ("2", "tumour", None),
    ]
    assert manifest.items[3].rois == ((6, 5, 8, 7, "positive"),)
    (tmp_path / "train" / "_classes.csv").write_text("filename, negative, positive\n1_10_png.rf.train.jpg, 1, 1\n")
    with pytest.raises(DataError, match="2 classes"):
        open_folder(tmp_path)


def test_mini_mias_with_a_table_of_numbered_labels_keeps_its_pairs(tmp_path):
    for n in (1, 2, 3):
        image(tmp_path / f"mdb00{n}.pgm")
    (tmp_path / "labels.csv").write_text("filename,label\nmdb001,0\nmdb002,1\nmdb003,2\n")
    manifest = open_folder(tmp_path)
    assert [(i.label, i.patient, i.source) for i in manifest.items] == [
        ("benign", "pair1", "mini-MIAS"),
        ("normal", "pair1", "mini-MIAS"),
        ("malignant", "pair2", "mini-MIAS"),
    ]


def test_a_table_of_ones_own(tmp_path):
    image(tmp_path / "a" / "1.png")
    image(tmp_path / "a" / "2.png")
    (tmp_path / "my.csv").write_text("image_path,Pathology,Patient ID,side,split\na/1.png,normal,w1,L,train\na/2.png,malignant,w2,R,test\n")
    manifest = open_folder(tmp_path)
    assert [(i.label, i.patient, i.laterality, i.split) for i in manifest.items] == [
        ("normal", "w1", "L", "train"),
        ("malignant", "w2", "R", "test"),
    ]
    (tmp_path / "my.csv").write_text("path,label\n../secret.png,normal\n")
    with pytest.raises(DataError, match="not in the folder"):
        open_folder(tmp_path)


def test_known_folders_side_by_side_are_pooled(tmp_path):
    inbreast(tmp_path / "inbreast", ".png")
    (tmp_path / "mias").mkdir()
    (tmp_path / "mias" / "Info.txt").write_text("mdb001 F CIRC B 500 300 60\nmdb002 G NORM\n")
    for n in (1, 2):
        image(tmp_path / "mias" / f"mdb00{n}.pgm")
    manifest = open_folder(tmp_path)
    assert manifest.sources == ("INbreast", "mini-MIAS")
    assert all((tmp_path / i.path).is_file() for i in manifest.items)
    assert "Moreira" in manifest.terms
    assert "Suckling" in manifest.terms
    assert any(t.startswith("mias: Films are grouped") for t in manifest.traps)
    assert {i.label for i in open_folder(tmp_path, TISSUE6).items} == {
        "fatty benign",
        "glandular malignant",
        "dense benign",
        "dense malignant",
    }


def test_the_eight_density_folders(tmp_path):
    for density in range(1, 5):
        for severity in ("Benign", "Malignant"):
            image(tmp_path / f"Density{density}{severity}" / f"20586960 ({density}).png")
    manifest = open_folder(tmp_path)
    assert manifest.space.name == "density8"
    assert manifest.traps  # nothing tells whose image it is


def test_the_real_tables_of_inbreast_and_cbis(real_data):
    assert len(inbreast_adapter._rows(real_data / "inbreast" / "INbreast.csv")) == 410
    assert len(inbreast_adapter._rows(real_data / "inbreast" / "INbreast.xls")) == 410
    rows = cbis_ddsm.describe(cbis_ddsm._tables(real_data / "cbis-ddsm"))
    assert len(rows) == 3568
    assert {r["breast density"] for r in rows} <= set("01234")
    images = {r["image file path"].split("/")[0] for r in rows}
    shared = {r["patient id"] for r in rows if r["official"] == "train"} & {r["patient id"] for r in rows if r["official"] == "test"}
    assert (len(images), len(shared)) == (3103, 31)


def test_masks_of_another_size_are_scaled_to_their_image(tmp_path):
    """CBIS-DDSM has masks that are larger than their image, smaller ones, and ones of another aspect."""
    image(tmp_path / "image.png", (800, 600))
    for name, shape in (("same", (800, 600)), ("larger", (920, 690)), ("smaller", (788, 594)), ("double", (1600, 1200))):
        box = tuple(round(f * s) for f, s in zip((0.3, 0.25, 0.4, 0.45), (*shape, *shape), strict=True))
        image(tmp_path / f"{name}.png", shape, box)
        ((*found, _),) = regions(tmp_path, Item("image.png", "benign", "p", "s", masks=(f"{name}.png",)))
        assert np.abs(np.array(found) - (240, 150, 320, 270)).max() <= 2
    image(tmp_path / "empty.png", (800, 600))
    item = Item("image.png", "benign", "p", "s", masks=("empty.png",))
    assert regions(tmp_path, item) == ()
    (found,) = [f for f in audit(Manifest(tmp_path, TRIAGE, (item,), "t"), masks=True) if f.check == "masks"]
    assert (found.stops, found.pairs) == (False, (("image.png", "empty.png"),))


@pytest.mark.parametrize(
    ("separator", "encoding"), [(",", "utf-8"), (";", "utf-8-sig"), (";", "cp1252"), ("\t", "utf-16"), (";", "sep"), (",", "cr")]
)
def test_tables_of_any_spreadsheet_are_read(tmp_path, separator, encoding):
    rows = ["path,label,patient,note", *(f"{k}.png,{('normal', 'benign', 'malignant')[k % 3]},P{k},Übersicht" for k in range(6))]
    text = "\n".join(rows).replace(",", separator)
    text = f"sep=;\r\n{text}" if encoding == "sep" else text.replace("\n", "\r") if encoding == "cr" else text
    (tmp_path / "t.csv").write_bytes(text.encode("utf-8" if encoding in ("sep", "cr") else encoding))
    for k in range(6):
        image(tmp_path / f"{k}.png")
    manifest = open_folder(tmp_path)
    assert [i.patient for i in manifest.items] == [f"P{k}" for k in range(6)]
    assert {i.note for i in manifest.items} == {"Übersicht"}


def test_a_box_with_a_decimal_comma_is_read_and_one_without_numbers_named(tmp_path):
    image(tmp_path / "a_1.png")
    heading = "filename;width;height;class;xmin;ymin;xmax;ymax\n"
    (tmp_path / "_annotations.csv").write_text(f"{heading}a_1.png;8;8;tumour;1,0;2,5;3,0;4,0\n")
    assert open_folder(tmp_path).items[0].rois == ((2, 1, 4, 3, "tumour"),)
    (tmp_path / "_annotations.csv").write_text(f"{heading}a_1.png;8;8;tumour;one;2;3;4\n")
    with pytest.raises(DataError, match=r"box of a_1.png"):
        open_folder(tmp_path)


def test_placeholders_for_patients_are_nobody(tmp_path):
    names = ["ANONYMOUS", "anonymised", "0", "UNKNOWN", "XXXX", "", "^", "de-identified", "N/A"]
    rows = [{"path": f"{k}.png", "label": ("normal", "benign", "malignant")[k % 3], "patient": p} for k, p in enumerate(2 * names)]
    rows += [{"path": f"known{k}.png", "label": "normal", "patient": "P 17"} for k in range(2)]
    for row in rows:
        image(tmp_path / row["path"])
    table(tmp_path / "t.csv", rows)
    manifest = open_folder(tmp_path)
    patients = Counter(i.patient for i in manifest.items)
    assert patients.pop("P 17") == 2
    assert set(patients.values()) == {1}
    assert any("18 images name no patient" in t for t in manifest.traps)
    folders = tmp_path / "folders"
    for k, name in enumerate(["ANONYMOUS_1", "ANONYMOUS_2", "unknown_1", "P17_1", "P17_2", "P18_1"]):
        image(folders / ("normal", "benign", "malignant")[k % 3] / f"{name}.png")
    patients = Counter(i.patient for i in open_folder(folders).items)
    assert sorted(patients.values()) == [1, 1, 1, 1, 2]
    assert patients["P17"] == 2
