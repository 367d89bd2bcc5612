"""The receiver with dcmtk's and pynetdicom's senders; killed in the middle, it loses nothing that it acknowledged."""

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

pytest.importorskip("pynetdicom", reason="needs the extra dicom")

from pydicom import dcmread
from pynetdicom import AE

from core.exchange import ExchangeError, inbox
from core.exchange.mammograms import STORED
from core.exchange.receiver import NOT_UNDERSTOOD, OUT_OF_RESOURCES, SUCCESS, WRONG_OBJECT, StoreReceiver
from core.exchange.settings import ExchangeSettings, Inbox, Receiver
from tests.fake_archive import changed, study

TOMOSYNTHESIS = "1.2.840.10008.5.1.4.1.1.13.1.3"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def files():
    return study()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SECOND_READER_INBOX", str(tmp_path / "inbox"))
    return tmp_path / "inbox"


@pytest.fixture
def receive(folder):
    """Starts a receiver; `lines` of it are what it reports."""
    running = []

    def start(quota_gb=1.0, **changes):
        lines = []
        settings = ExchangeSettings(receiver=Receiver(port=free_port(), **changes), inbox=Inbox(quota_gb=quota_gb))
        receiver = StoreReceiver(settings, lines.append)
        receiver.port, receiver.lines = settings.receiver.port, lines
        running.append(receiver)
        return receiver

    yield start
    for receiver in running:
        receiver.__exit__(None, None, None)


def associate(port, called="SECOND_READER", calling="TEST"):
    entity = AE(calling)
    for sop_class in (*STORED[:2], "1.2.840.10008.1.1", TOMOSYNTHESIS):
        entity.add_requested_context(sop_class)
    return entity.associate("127.0.0.1", port, ae_title=called)


def send(port, *sent, **titles):
    """Statuses of a C-STORE of each file."""
    line = associate(port, **titles)
    assert line.is_established
    found = [line.send_c_store(dcmread(io.BytesIO(d))).get("Status") for d in sent]
    line.release()
    return found


def stored(folder):
    return sorted(folder.glob("*/*.dcm"))


def settled(receiver):
    """Its report, once the association has ended there too."""
    for _ in range(100):
        if receiver.lines:
            return receiver.lines
        time.sleep(0.05)
    return []


def test_what_is_acknowledged_lies_in_the_inbox_under_names_that_lead_back_to_nobody(receive, folder, files):
    receiver = receive()
    assert send(receiver.port, *files) == [SUCCESS] * 4
    assert len(stored(folder)) == 4
    assert len({f.parent for f in stored(folder)}) == 1
    first = dcmread(stored(folder)[0])
    names = " ".join(str(f.relative_to(folder)) for f in folder.rglob("*"))
    assert not any(str(first[k].value) in names for k in ("StudyInstanceUID", "SOPInstanceUID", "PatientID"))
    assert first.pixel_array.tobytes() in {dcmread(io.BytesIO(f)).pixel_array.tobytes() for f in files}
    assert settled(receiver) == ["TEST: 4 images stored"]


def test_storescu_and_echoscu_of_dcmtk_are_served(receive, folder, files, tmp_path):
    if not shutil.which("storescu"):
        pytest.skip("needs dcmtk: apt-get install dcmtk")
    paths = []
    for n, data in enumerate(files):
        paths.append(tmp_path / f"{n}.dcm")
        paths[-1].write_bytes(data)
    port = receive().port
    to = ["-aec", "SECOND_READER", "127.0.0.1", str(port)]
    subprocess.run(["echoscu", *to], check=True, timeout=60)
    subprocess.run(["storescu", *to, *map(str, paths)], check=True, timeout=60)
    assert len(stored(folder)) == 4


def test_an_instance_that_is_sent_again_is_stored_once_and_another_patients_apart(receive, folder, files):
    port = receive().port
    other = changed(files[0], PatientID="ANOTHER")
    assert send(port, files[0], files[0], other) == [SUCCESS] * 3
    assert len(stored(folder)) == 2
    assert len({f.parent for f in stored(folder)}) == 2


def test_what_is_no_mammogram_is_refused(receive, folder, files):
    port = receive().port
    line = associate(port)
    assert TOMOSYNTHESIS not in [c.abstract_syntax for c in line.accepted_contexts]
    line.release()
    assert send(port, changed(files[0], Modality="OT"), changed(files[0], StudyInstanceUID="")) == [WRONG_OBJECT] * 2
    assert stored(folder) == []
    assert NOT_UNDERSTOOD not in (WRONG_OBJECT, SUCCESS)


def test_titles_that_are_not_configured_are_rejected(receive, files):
    receiver = receive(called=("READER_A", "READER_B"), callers=("PACS",))
    line = associate(receiver.port, "READER_B", "PACS")
    assert line.is_established
    line.release()
    for called, calling in (("SECOND_READER", "PACS"), ("READER_A", "STRANGER")):
        assert associate(receiver.port, called, calling).is_rejected
    assert "rejected" in receiver.lines[0]


def test_a_full_inbox_answers_out_of_resources_and_takes_up_again(receive, folder, files):
    receiver = receive(quota_gb=2.5 * len(files[0]) / 2**30)
    assert send(receiver.port, *files) == [SUCCESS, SUCCESS, OUT_OF_RESOURCES, OUT_OF_RESOURCES]
    assert not list(folder.rglob("*.part"))
    inbox.delete(stored(folder))
    receiver.sweep()
    assert send(receiver.port, files[3]) == [SUCCESS]


def test_expired_images_make_room(receive, folder, files):
    receiver = receive()
    send(receiver.port, files[0])
    os.utime(stored(folder)[0], (0, 0))
    receiver.sweep()
    assert list(folder.iterdir()) == []


def test_what_a_killed_receiver_left_half_written_is_removed_long_before_images_expire(receive, folder, files):
    receiver = receive()
    send(receiver.port, files[0])
    part = stored(folder)[0].with_name(".x.dcm.abc.part")
    part.write_bytes(b"half")
    for file in (part, *stored(folder)):
        os.utime(file, (time.time() - 3600,) * 2)
    receiver.sweep()
    assert not part.exists()
    assert len(stored(folder)) == 1


def test_too_large_an_instance_ends_its_association(receive, folder, files):
    receiver = receive(max_instance_mb=1)  # a small phantom has 1.02 MiB
    line = associate(receiver.port)
    assert "Status" not in line.send_c_store(dcmread(io.BytesIO(files[0])))
    assert stored(folder) == []
    assert "larger than 1 MB" in settled(receiver)[0]


def test_a_fast_caller_is_slowed_down(receive, files):
    port = receive(max_per_minute=120).port
    began = time.monotonic()
    assert send(port, files[0], files[0], files[0]) == [SUCCESS] * 3
    assert time.monotonic() - began >= 1.0


def test_a_port_that_is_taken_is_a_sentence(receive, files):
    port = receive().port
    with pytest.raises(ExchangeError, match=f"Port {port}"):
        StoreReceiver(ExchangeSettings(receiver=Receiver(port=port)), print)


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_kill_minus_nine_while_receiving_loses_nothing_that_was_acknowledged(folder, files, tmp_path):
    """A few rounds: send without pause, kill at another moment each time, compare."""
    port = free_port()
    (tmp_path / "exchange.toml").write_text(f"[receiver]\nport = {port}\n")
    environment = {**os.environ, "SECOND_READER_EXCHANGE": str(tmp_path / "exchange.toml")}
    sent = []
    for round_ in range(3):
        server = subprocess.Popen(
            [sys.executable, "-m", "core", "receive"], env=environment, stdout=subprocess.PIPE, text=True, cwd=os.getcwd()
        )
        assert "Receiving" in server.stdout.readline()
        killer = threading.Timer(0.3 + 0.2 * round_, server.send_signal, [signal.SIGKILL])
        line = associate(port)
        killer.start()
        for n in range(10_000):
            uid = f"1.2.3.{round_}.{n}"
            status = line.send_c_store(dcmread(io.BytesIO(changed(files[0], SOPInstanceUID=uid)))) if line.is_established else {}
            if status.get("Status") != SUCCESS:
                break
            sent.append(uid)
        line.abort()
        server.wait(30)
        server.stdout.close()
    found = {ds.SOPInstanceUID: len(ds.PixelData) for ds in map(dcmread, stored(folder))}
    assert sent
    assert set(sent) <= set(found)
    assert set(found.values()) == {len(dcmread(io.BytesIO(files[0])).PixelData)}
