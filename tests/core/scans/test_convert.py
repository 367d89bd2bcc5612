"""Images for training have the pixels of read_scan, names that identify nobody, and a manifest that can be continued."""

import csv
import errno

import cv2
import numpy as np
import pytest

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.errors import ScanError
from core.files import write_bytes
from core.scans import read_scan
from core.scans.convert import MANIFEST, convert


@pytest.fixture(scope="module")
def views():
    exam = plan_exam(3, 2)
    return [dicom_bytes(draw(exam, side, "CC", "small")) for side in "LR"]


@pytest.fixture
def tree(tmp_path, views):
    files = (("Jane Doe", "IM1", views[0]), ("benign/Jane Doe", "IM2.dcm", views[1]), (".", "broken.dcm", views[0][:900]))
    for folder, name, data in files:
        (tmp_path / "in" / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / folder / name).write_bytes(data)
    return tmp_path


def rows(folder):
    with open(folder / MANIFEST, newline="") as f:
        return list(csv.DictReader(f))


def test_pixels_names_and_manifest(tree, views):
    seen = []
    result = convert(tree / "in", tree / "out", progress=lambda done, total: seen.append((done, total)))
    assert (result.written, result.present, len(result.failed)) == (2, 0, 1)
    assert result.failed[0][0] == "broken.dcm"
    assert seen[-1] == (3, 3)
    table = {r["laterality"]: r for r in rows(tree / "out")}
    for data, side in zip(views, "LR", strict=True):
        scan, row = read_scan(data), table[side]
        image = cv2.imread(str(tree / "out" / row["path"]), cv2.IMREAD_UNCHANGED)
        assert image.dtype == np.uint16
        assert np.abs(image / 65535 - scan.display()).max() <= 0.5 / 65535 + 1e-7
        assert (row["sha256"], row["pixel_sha256"], row["view"]) == (scan.sha256, scan.pixel_sha256, "CC")
    assert table["L"]["patient"] == table["R"]["patient"]
    assert table["R"]["path"].startswith("benign/")
    everything = " ".join(p.as_posix() for p in (tree / "out").rglob("*")) + (tree / "out" / MANIFEST).read_text()
    assert "Jane" not in everything
    assert "IM1" not in everything


def test_it_goes_on_and_a_torn_row_is_written_again(tree):
    convert(tree / "in", tree / "out")
    whole = (tree / "out" / MANIFEST).read_text()
    (tree / "out" / MANIFEST).write_text(whole[:-30])
    result = convert(tree / "in", tree / "out")
    assert (result.written, result.present) == (1, 1)
    assert sorted(whole.splitlines()) == sorted((tree / "out" / MANIFEST).read_text().splitlines())
    (tree / "out" / rows(tree / "out")[0]["path"]).unlink()
    assert convert(tree / "in", tree / "out").written == 1


def test_size_and_formats(tree, views):
    scan = read_scan(views[0])
    convert(tree / "in" / "Jane Doe", tree / "small", form="png8", size=100)
    (row,) = rows(tree / "small")
    image = cv2.imread(str(tree / "small" / row["path"]), cv2.IMREAD_UNCHANGED)
    assert (image.dtype, max(image.shape)) == (np.uint8, 100)
    assert float(row["spacing_mm"].split("/")[0]) == pytest.approx(scan.spacing_mm[0] * scan.shape[0] / image.shape[0], rel=0.01)
    convert(tree / "in" / "Jane Doe", tree / "jpeg", form="jpeg")
    assert rows(tree / "jpeg")[0]["path"].endswith(".jpg")
    with pytest.raises(ScanError, match="other settings"):
        convert(tree / "in" / "Jane Doe", tree / "jpeg", form="png8")


def test_names_are_written_where_they_are_asked_for(tree):
    convert(tree / "in", tree / "out", keep_names=True)
    assert {r["source"] for r in rows(tree / "out")} == {"Jane Doe/IM1", "benign/Jane Doe/IM2.dcm"}


def test_wrong_folders(tree):
    with pytest.raises(ScanError, match="no folder"):
        convert(tree / "none", tree / "out")
    with pytest.raises(ScanError, match="lies in the input"):
        convert(tree / "in", tree / "in" / "out")
    (tree / "file").write_text("x")
    with pytest.raises(ScanError, match="part of its path is a file"):
        convert(tree / "in", tree / "file" / "out")
    (tree / "empty").mkdir()
    with pytest.raises(ScanError, match="holds no files"):
        convert(tree / "empty", tree / "out")


def test_a_full_disk_is_one_sentence_and_the_next_call_continues(tree, monkeypatch):
    whole = write_bytes

    def full(path, data):
        if path.suffix == ".png":
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(path, data)

    monkeypatch.setattr("core.scans.convert.write_bytes", full)
    with pytest.raises(ScanError, match=r"out does not fit: the disk is full.*continues from here"):
        convert(tree / "in", tree / "out")
    monkeypatch.undo()
    assert convert(tree / "in", tree / "out").written == 2


def test_unknown_patients_are_grouped_by_study_and_never_by_file_name(tmp_path, make_dicom):
    (tmp_path / "in").mkdir()
    for name, study in (("IM_1", "1.2.1"), ("IM_2", "1.2.1"), ("IM_3", "1.2.2")):
        data = make_dicom(PatientID="", StudyInstanceUID=study, InstanceNumber=name[-1])
        (tmp_path / "in" / name).write_bytes(data)
    convert(tmp_path / "in", tmp_path / "out")
    patients = [r["patient"] for r in rows(tmp_path / "out")]
    assert len(patients) == 3
    assert len(set(patients)) == 2
