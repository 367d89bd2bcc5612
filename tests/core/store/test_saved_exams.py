"""Keeping, opening, deleting: nothing that names anybody comes in, and nothing that was deleted stays."""

import datetime as dt
import io
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from core.errors import StoreError
from core.exams.assessment import Assessment, Finding
from core.folders import saved_folder
from core.scans import read_scan
from core.scans.scan import BURNED_IN, Scan, pixel_sha256
from core.scans.windows import LookupWindow, Window
from core.store import anything_saved, database, deletion, saved_exams, scan_file
from core.store.records import SavedPrediction

NOW = dt.datetime(2026, 11, 21, 12, 0, 0)
SECRETS = ("PLANTEDNAME", "PLANTEDFIRST", "PLANTED-ID-77", "1.2.826.99.4711", "19511203", "20240229", "PLANTEDSITE", "PLANTEDACC")


def bytes_of(folder):
    """All bytes of all files of the folder, and of what is packed in the images."""
    out = b""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        out += path.name.encode() + path.read_bytes()
        if path.suffix == ".npz":
            with np.load(path) as parts:
                out += b"".join(parts[name].tobytes() for name in parts)
    return out


def noise(seed=0, **changes):
    """Pixels that cannot be compressed, so that they stand in the file as they are."""
    values = np.random.default_rng(seed).integers(0, 65536, (200, 160), dtype=np.uint16)
    digest = pixel_sha256(values)
    known = dict(values=values, windows=(Window(30000, 60000),), inverted=False, sha256=digest, pixel_sha256=digest)
    return Scan(**{**known, "source_format": "PNG", "bits": 16, **changes})


def row(scan, **changes):
    known = dict(
        checkpoint="phantom-triage", weights_sha256="a" * 64, input={"size": [8, 8]}, input_overridden=False, any_domain=False, heatmaps=3
    )
    known |= dict(temperature=1.0, threshold=0.4, logits=[0.1, 0.2], probabilities={"x": 0.1, "y": 0.9}, score=0.9, decision="positive")
    known |= dict(device="cpu", processor="p", dtype="float32", threads=1, versions={"torch": "2"}, notes=[], at=NOW)
    return SavedPrediction(**{**known, "scan_sha256": scan.sha256, "pixel_sha256": scan.pixel_sha256, **changes})


def named_dicom():
    """A phantom file with identifiers in every place that comes to mind."""
    from core.datasets.phantom import dicom_bytes, draw, plan_exam

    ds = pydicom.dcmread(io.BytesIO(dicom_bytes(draw(plan_exam(4, 2), "R", "MLO", "small"))))
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "PLANTEDNAME^PLANTEDFIRST", "PLANTED-ID-77", "19511203"
    ds.StudyInstanceUID, ds.StudyDate, ds.ContentDate = "1.2.826.99.4711", "20240229", "20240229"
    ds.InstitutionName, ds.AccessionNumber = "PLANTEDSITE", "PLANTEDACC"
    ds.WindowCenterWidthExplanation = "PLANTEDNAME"
    out = io.BytesIO()
    ds.save_as(out)
    return out.getvalue()


def test_nothing_is_written_before_the_first_keeping(folder):
    assert saved_exams.entries() == []
    assert saved_exams.entry_of([noise()]) is None
    assert not anything_saved()
    assert not folder.exists()


def test_a_kept_scan_comes_back_as_it_was(folder, phantom):
    table = np.linspace(0, 1, 77, dtype=np.float32)
    curved = noise(1, windows=(LookupWindow(5, table, "HARDER"), Window(3.5, 7.25, "SIGMOID")), spacing_mm=(0.07, 0.1 / 3), inverted=True)
    decimal = replace(noise(2), values=np.float32([[0.1, -2.5], [3, 4]]))
    decimal = replace(decimal, pixel_sha256=pixel_sha256(decimal.values), view="CC", laterality="L")
    for scan in (*phantom, curved, decimal):
        kept = saved_exams.open_saved(saved_exams.save([scan]))
        for field in fields(Scan):
            then, now = getattr(scan, field.name), getattr(kept.scans[0], field.name)
            if field.name == "values":
                assert now.dtype == then.dtype
                np.testing.assert_array_equal(now, then)
            elif field.name == "windows":
                for a, b in zip(then, now, strict=True):
                    np.testing.assert_array_equal(a.apply(scan.values), b.apply(scan.values))
            else:
                assert now == then, field.name
        np.testing.assert_array_equal(kept.scans[0].display(), scan.display())


def test_planted_identifiers_are_nowhere(folder):
    data = named_dicom()
    assert all(s.encode() in data for s in SECRETS)
    scan = read_scan(data, "PLANTEDNAME.dcm")
    assert scan.windows[0].name == "PLANTEDNAME"
    kept = saved_exams.save([scan], [row(scan)], [Assessment(2, "b", "a mass", NOW, False)])
    found = bytes_of(folder)
    assert b"a mass" in found
    for secret in SECRETS:
        for form in (secret.encode(), secret.lower().encode(), secret.encode("utf-16-le")):
            assert form not in found, secret
    assert saved_exams.open_saved(kept).scans[0].windows[0].name == ""


def test_the_folder_is_for_its_owner_alone(folder):
    saved_exams.save([noise()])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.rglob("*"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_another_ones_folder_is_left_alone(folder):
    folder.mkdir(mode=0o755)
    (folder / "letter.txt").write_text("mine")
    with pytest.raises(StoreError, match="holds other files"):
        saved_exams.save([noise()])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_the_programs_own_folder_is_refused(monkeypatch):
    monkeypatch.setenv("SECOND_READER_SAVED", str(Path(saved_exams.__file__).parents[2] / "runs" / "kept"))
    with pytest.raises(StoreError, match="own folder"):
        saved_exams.save([noise()])
    assert not saved_folder().exists()


def test_delete_leaves_no_byte(folder):
    scan, other = noise(3), noise(4)
    marker, left = scan.values.tobytes()[2000:2064], other.values.tobytes()[2000:2064]
    kept = saved_exams.save(
        [scan],
        [row(scan, checkpoint="MARKED-CHECKPOINT")],
        [Assessment(4, "c", "MARKED-IMPRESSION", NOW, False)],
        "MARKED-NOTE",
        {"left": "MARKED-STATEMENT"},
    )
    stays = saved_exams.save([other], [row(other)])
    held = sqlite3.connect(folder / "saved.sqlite")  # keeps the log from going by itself on the last closing
    held.execute("SELECT count(*) FROM exam").fetchall()
    traces = (marker, b"MARKED-CHECKPOINT", b"MARKED-IMPRESSION", b"MARKED-NOTE", b"MARKED-STATEMENT", scan.sha256.encode(), kept.encode())
    for trace in traces:
        assert trace in bytes_of(folder)
    assert saved_exams.delete(kept) == (scan.sha256,)
    found = bytes_of(folder)
    for trace in traces:
        assert trace not in found, trace[:20]
    assert left in found
    held.close()
    assert [e.id for e in saved_exams.entries()] == [stays]
    with pytest.raises(StoreError, match="No saved case begins"):
        saved_exams.open_saved(kept)


def test_deleted_pixels_are_overwritten_before_the_name_goes(folder):
    scan = noise(5)
    kept = saved_exams.save([scan])
    path = next((folder / "images").glob("*.npz"))
    link = folder / "second name"
    link.hardlink_to(path)  # still shows the blocks after the name is gone
    saved_exams.delete(kept)
    assert not link.read_bytes().strip(b"\0")


def test_a_reader_of_an_older_state_is_told(folder, monkeypatch):
    monkeypatch.setattr("core.store.database.PATIENCE", 0.4)
    scan = noise(6)
    kept = saved_exams.save([scan])
    held = sqlite3.connect(folder / "saved.sqlite", isolation_level=None)
    held.execute("BEGIN")
    held.execute("SELECT count(*) FROM exam").fetchall()
    with pytest.raises(StoreError, match="older state"):
        saved_exams.delete(kept)
    held.execute("COMMIT")
    held.close()
    assert saved_exams.entries() == []
    assert scan.sha256.encode() not in bytes_of(folder)


def test_what_came_later_follows_and_is_not_doubled():
    scan = noise(7)
    first, second = Assessment(2, "b", "", NOW, False), Assessment(4, "b", "seen again", NOW + dt.timedelta(minutes=1), True)
    kept = saved_exams.save([scan], [row(scan)], [first])
    assert not saved_exams.update(kept, [row(scan, at=NOW + dt.timedelta(hours=1))], [first])
    assert saved_exams.update(kept, [row(scan), row(scan, threads=2)], [first, second], "a note")
    assert not saved_exams.update(kept, [row(scan)], [first, second], "a note")
    entry, opened = saved_exams.find(kept), saved_exams.open_saved(kept)
    assert [p.threads for p in entry.predictions] == [1, 2]
    assert entry.predictions[0].logits == [0.1, 0.2]
    assert entry.predictions[0].at == NOW
    assert (opened.assessments, opened.note) == ((first, second), "a note")
    assert saved_exams.save([scan]) == kept  # another session, in which nothing was written yet
    assert saved_exams.open_saved(kept).note == "a note"
    assert saved_exams.update(kept, note="")
    assert saved_exams.open_saved(kept).note == ""
    saved_exams.delete(kept)
    assert not saved_exams.update(kept, [row(scan)], [first])
    assert saved_exams.entries() == []


def test_views_of_one_exam_stay_one_case(phantom):
    right, left = phantom
    first = saved_exams.save([right])
    assert saved_exams.save([right, left]) == first
    assert saved_exams.find(first).label == "R MLO, L MLO (phantom)"
    assert saved_exams.entry_of([left]).id == first
    other = saved_exams.save([noise(8)])
    joined = saved_exams.save([right, left, noise(8)])
    assert joined in (first, other)
    assert len(saved_exams.entries()) == 1
    assert len(saved_exams.open_saved(joined).scans) == 3


def test_a_image_that_may_name_somebody_wants_a_look(folder):
    scan = noise(9, warnings=(BURNED_IN,))
    with pytest.raises(StoreError, match="may name the patient"):
        saved_exams.save([scan])
    assert not folder.exists()
    assert saved_exams.open_saved(saved_exams.save([scan], looked=True)).scans[0].warnings == (BURNED_IN,)


def test_ids_may_be_shortened_and_unknown_ones_are_named():
    scan = noise(10)
    kept = saved_exams.save([scan])
    assert saved_exams.find(kept[:4]).id == saved_exams.find(scan.sha256[:9]).id == kept
    for wrong in ("", "zzzz", kept[:2]):
        with pytest.raises(StoreError, match="No saved case begins"):
            saved_exams.find(wrong)


def test_a_damaged_image_is_named_and_can_be_deleted(folder):
    kept = saved_exams.save([noise(11)])
    path = next((folder / "images").glob("*.npz"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(StoreError, match="damaged"):
        saved_exams.open_saved(kept)
    path.unlink()
    with pytest.raises(StoreError, match="missing from the disk"):
        saved_exams.open_saved(kept)
    saved_exams.delete(kept)
    assert saved_exams.entries() == []


@pytest.mark.parametrize("hurt", ["text", "middle", "half"])
def test_a_damaged_database_gives_a_sentence_and_can_be_removed(folder, hurt):
    saved_exams.save([noise(12)], [row(noise(12))])
    path = folder / "saved.sqlite"
    data = path.read_bytes()
    broken = {"text": b"no database at all" * 100, "middle": data[:100] + b"\xff" * (len(data) - 100), "half": data[: len(data) // 3]}
    path.write_bytes(broken[hurt])
    with pytest.raises(StoreError, match="is damaged") as e:
        saved_exams.entries()
    assert "delete" not in e.value.remedy.lower()
    assert "backup" in e.value.remedy
    assert saved_exams.delete_all() == 1
    assert not list((folder / "images").iterdir())
    assert saved_exams.entries() == []
    saved_exams.save([noise(12)])
    assert len(saved_exams.entries()) == 1


def test_a_database_of_another_version_is_left_alone(folder):
    saved_exams.save([noise(13)])
    raw = sqlite3.connect(folder / "saved.sqlite")
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(StoreError, match="another version"):
        saved_exams.entries()
    with pytest.raises(StoreError, match="another version"):
        saved_exams.delete_all()
    assert list((folder / "images").iterdir())


def test_findings_are_saved(folder):
    marked = Assessment(4, "c", "", NOW, False, (Finding("ab", "R MLO", 1.5, 2, 3, 4, (5.0, 6.0)), Finding("cd", "L CC", 1, 2, 3, 4)))
    kept = saved_exams.save([noise(16)], [], [Assessment(2, "b", "", NOW, False)])
    saved_exams.update(kept, [], [marked], "", {})
    assert saved_exams.open_saved(kept).assessments[1] == marked
    with closing(sqlite3.connect(folder / "saved.sqlite")) as raw:
        raw.execute("""UPDATE assessment SET findings = '[{"label": "R"}]'""")
        raw.commit()
    with pytest.raises(StoreError, match="not valid"):
        saved_exams.open_saved(kept)


def test_a_full_disk_leaves_what_was_there(folder, monkeypatch):
    kept = saved_exams.save([noise(14)])

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.store.scan_file._write", full)
    with pytest.raises(StoreError, match="No space left") as e:
        saved_exams.save([noise(15)])
    assert "SECOND_READER_SAVED" in e.value.remedy
    assert str(folder) in e.value.remedy
    assert "delete" not in e.value.remedy.lower()
    assert [e.id for e in saved_exams.entries()] == [kept]
    assert len(list((folder / "images").iterdir())) == 1


WRITER = """
import sys, datetime as dt
sys.path.insert(0, {tests!r})
from test_saved_exams import noise, row
from core.store import database, deletion, saved_exams, scan_file
for n in range(12):
    scan = noise({first} + n)
    kept = saved_exams.save([scan], [row(scan)])
    saved_exams.update(kept, [row(scan, threads=2)])
    if n % 3 == 0:
        saved_exams.delete(kept)
"""


def test_two_writers_at_once(folder):
    code = [WRITER.format(tests=str(Path(__file__).parent), first=first) for first in (100, 200, 300)]
    jobs = [subprocess.Popen([sys.executable, "-c", c], stderr=subprocess.PIPE, text=True) for c in code]
    for job in jobs:
        assert job.wait(120) == 0, job.stderr.read()
        job.stderr.close()
    entries = saved_exams.entries()
    assert len(entries) == 3 * 8
    assert all(len(e.predictions) == 2 for e in entries)
    assert len(list((folder / "images").iterdir())) == 3 * 8
    raw = sqlite3.connect(folder / "saved.sqlite")
    assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    raw.close()


CRASH = """
import os, sys
sys.path.insert(0, {tests!r})
from test_saved_exams import noise, row
from core.store import database, deletion, saved_exams, scan_file
import core.store.{where} as module
module.{what} = lambda *a, **k: os.kill(os.getpid(), 9)
scan = noise(400)
saved_exams.save([scan], [row(scan)])
"""


@pytest.mark.parametrize(
    ("where", "what"), [("saved_exams", "_sync"), ("saved_exams", "_add"), ("scan_file", "_write"), ("scan_file", "write_part")]
)
def test_a_crash_in_the_middle_leaves_a_whole_store(folder, where, what):
    kept = saved_exams.save([noise(401)], [row(noise(401))])
    code = CRASH.format(tests=str(Path(__file__).parent), where=where, what=what)
    assert subprocess.run([sys.executable, "-c", code]).returncode == -9
    assert [e.id for e in saved_exams.entries()] == [kept]
    saved_exams.save([noise(402)])  # sweeps what the crash left under its final name
    names = {p.name for p in (folder / "images").glob("*.npz")}
    assert names == {f"{noise(n).sha256}.npz" for n in (401, 402)}


@pytest.mark.parametrize("where", ["_add", "_sync"])
def test_a_refused_save_leaves_no_pixels_behind(folder, monkeypatch, where):
    kept = saved_exams.save([noise(14)])

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"core.store.saved_exams.{where}", full)
    with pytest.raises(StoreError, match="No space left"):
        saved_exams.save([noise(14), noise(15)])
    assert [p.name for p in (folder / "images").iterdir()] == [f"{noise(14).sha256}.npz"]
    assert len(saved_exams.open_saved(kept).scans) == 1


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("database or disk is full", "is full"),
        ("disk I/O error", "disk I/O error"),
        ("locking protocol", "locking protocol"),
        ("unable to open database file", "unable to open"),
        ("attempt to write a readonly database", "readonly"),
    ],
)
def test_a_drive_that_refuses_is_named_and_nothing_is_to_be_deleted(folder, monkeypatch, cause, words):
    def refuse(*_):
        raise sqlite3.OperationalError(cause)

    saved_exams.save([noise(17)])
    monkeypatch.setattr("core.store.database._prepare", refuse)
    with pytest.raises(StoreError, match=words) as e:
        saved_exams.entries()
    assert not isinstance(e.value, database.Damaged)  # delete_all removes a damaged database, never one whose drive is away
    assert str(folder) in e.value.remedy
    assert "SECOND_READER_SAVED" in e.value.remedy
    assert "delete" not in e.value.remedy.lower()
    assert "remove" not in e.value.remedy.lower()


@pytest.mark.parametrize(("kind", "mode"), [("ext4", "wal"), ("nfs4", "delete"), ("lustre", "delete"), ("vboxsf", "delete")])
def test_a_network_drive_gets_a_rollback_journal(folder, monkeypatch, kind, mode):
    monkeypatch.setattr("core.store.database.file_system", lambda _: kind)
    saved = saved_exams.save([noise(18)], [row(noise(18))])
    with closing(sqlite3.connect(folder / "saved.sqlite")) as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == (mode,)
    assert saved_exams.find(saved).predictions
    saved_exams.delete(saved)
    assert saved_exams.entries() == []


def test_a_folder_that_cannot_be_flushed_is_no_error(monkeypatch):
    real = os.fsync

    def no_folders(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(22, "Invalid argument")
        real(handle)

    monkeypatch.setattr("os.fsync", no_folders)
    assert saved_exams.save([noise(19)])


@pytest.mark.parametrize("what", ["fsync", "replace"])
def test_the_next_start_sweeps_what_a_kill_left(folder, what):
    saved_exams.save([noise(401)])
    code = CRASH.format(tests=str(Path(__file__).parent), where="saved_exams", what="os")
    code = code.replace("module.os =", f"os.{what} =")
    assert subprocess.run([sys.executable, "-c", code]).returncode == -9
    assert len(list((folder / "images").iterdir())) == 2
    mine = scan_file.write_part(noise(402), folder / "images")
    assert deletion.sweep() == 1
    assert {p.name for p in (folder / "images").iterdir()} == {f"{noise(401).sha256}.npz", mine.name}
    assert deletion.sweep() == 0


def test_without_a_database_whole_images_stay(folder):
    saved_exams.save([noise(20)])
    (folder / "saved.sqlite").unlink()
    assert deletion.sweep() == 0
    assert len(list((folder / "images").iterdir())) == 1
