"""A watched folder: each mammogram once, and none before it is whole."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

pytest.importorskip("pynetdicom", reason="needs the extra dicom")

from pydicom.uid import JPEG2000Lossless

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.exchange import ExchangeError, inbox
from core.exchange.settings import Inbox
from core.exchange.watch import FolderWatch
from tests.fake_archive import changed, study


@pytest.fixture(scope="module")
def files():
    return study()


@pytest.fixture
def box(tmp_path, monkeypatch):
    monkeypatch.setenv("SECOND_READER_INBOX", str(tmp_path / "inbox"))
    return Inbox(settle_s=0)


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "from modality" / "CANARY^BIRD"
    folder.mkdir(parents=True)
    return folder


def stored(box):
    return sorted(box.folder.glob("*/*.dcm"))


def test_files_at_any_depth_are_taken_once(box, source, files, tmp_path):
    watch = FolderWatch(tmp_path / "from modality", box)
    for n, data in enumerate(files):
        (source / f"{n}.dcm").write_bytes(data)
    (source / ".hidden").write_bytes(files[0])
    (source / "notes.txt").write_text("hello")
    assert watch.look() == {}  # a first look only notes their state
    assert watch.look() == {"stored": 4, "no DICOM file": 1}
    assert watch.look() == {}
    assert {f.read_bytes() for f in stored(box)} == set(files)
    restarted = FolderWatch(tmp_path / "from modality", box)
    inbox.delete(stored(box))  # opened, or expired
    assert [restarted.look(), restarted.look()] == [{}, {}]
    assert not any("CANARY" in f.read_text("latin-1") for f in box.folder.rglob("*.txt"))


def test_a_file_that_is_still_growing_waits(box, source, files):
    watch = FolderWatch(source, box)
    path = source / "a.dcm"
    for end in (1000, 200_000, 600_000):
        path.write_bytes(files[0][:end])
        assert watch.look() == {}
    assert watch.look() == {"waiting: half-written": 1}  # its writer pauses
    path.write_bytes(files[0])
    assert [watch.look(), watch.look()] == [{}, {"stored": 1}]
    assert stored(box)[0].read_bytes() == files[0]


def test_a_compressed_file_that_is_still_growing_waits(box, source):
    whole = dicom_bytes(draw(plan_exam(4, 2), "R", "MLO", "small"), syntax=JPEG2000Lossless)
    watch = FolderWatch(source, box)
    (source / "a.dcm").write_bytes(whole[:-200])
    assert [watch.look(), watch.look()] == [{}, {"waiting: half-written": 1}]
    (source / "a.dcm").write_bytes(whole)
    assert [watch.look(), watch.look()] == [{}, {"stored": 1}]


def test_a_file_that_stays_cut_off_is_taken_as_it_is(box, source, files):
    (source / "a.dcm").write_bytes(files[0][:-200])
    os.utime(source / "a.dcm", (time.time() - 600,) * 2)
    watch = FolderWatch(source, box)
    watch.look()
    assert watch.look() == {"stored": 1}  # reading it says what is wrong with it


def test_a_full_inbox_keeps_files_waiting(box, source, files):
    small = Inbox(quota_gb=1.5 * len(files[0]) / 2**30)
    for n, data in enumerate(files[:2]):
        (source / f"{n}.dcm").write_bytes(data)
    watch = FolderWatch(source, small)
    watch.look()
    assert sorted(w.split(":")[0] for w in watch.look()) == ["stored", "waiting"]
    inbox.delete(stored(box))
    assert watch.look() == {"stored": 1}


def test_other_objects_are_passed_over(box, source, files):
    (source / "a.dcm").write_bytes(changed(files[0], Modality="OT"))
    watch = FolderWatch(source, box)
    watch.look()
    assert watch.look() == {"The object is no 2D mammogram.": 1}
    assert watch.look() == {}


def test_a_folder_that_is_missing_is_a_sentence(box, tmp_path):
    with pytest.raises(ExchangeError, match="no folder"):
        FolderWatch(tmp_path / "missing", box)


def test_a_study_counts_as_complete_once_nothing_comes_any_more(box, files):
    waits = Inbox(settle_s=0.5)
    inbox.store(waits, files[0], 0)
    assert list(inbox.studies(waits)) == []
    time.sleep(0.6)
    (found,) = inbox.studies(waits)
    assert len(found.files) == 1
    inbox.store(waits, files[1], 0)
    assert list(inbox.studies(waits)) == []


def test_an_instance_is_whole_or_absent_for_whoever_looks(box, files):
    seen = set()
    stop = threading.Event()

    def reader():
        while not stop.is_set():
            seen.update(f.stat().st_size for f in box.folder.glob("*/*.dcm"))

    thread = threading.Thread(target=reader)
    thread.start()
    for _ in range(20):
        inbox.store(box, files[0], 0)
    stop.set()
    thread.join()
    assert seen <= {len(files[0])}


def test_the_command_watches_until_it_is_interrupted(box, source, files):
    (source / "a.dcm").write_bytes(files[0])
    command = [sys.executable, "-m", "core", "watch", str(source)]
    with subprocess.Popen(command, env={**os.environ}, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().startswith("Watching")
        assert process.stdout.readline() == "1 file: stored\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert [f.read_bytes() for f in stored(box)] == [files[0]]
