"""Results go to a real archive and come back bit for bit; while it is down they wait on the disk, and nothing is lost."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian, RLELossless

from core.exchange import RefusedError, courier, outbox
from core.exchange.objects.export import instances
from core.exchange.send import destination, send
from core.exchange.settings import Archive, ExchangeSettings, Node
from core.files import write_json
from core.folders import exchange_file, outbox_folder
from tests.orthanc import Orthanc, free_port

NOW = datetime(2026, 1, 2, 12)


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory):
    server = Orthanc(tmp_path_factory.mktemp("orthanc")).start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def outbox_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("SECOND_READER_OUTBOX", str(tmp_path / "outbox"))
    monkeypatch.setenv("ORTHANC_AUTH", Orthanc.authorization)


@pytest.fixture(scope="module")
def made(results):
    return instances(results)


@pytest.fixture
def settings(orthanc):
    if orthanc.process is None:
        orthanc.start()
    orthanc.empty()
    return ExchangeSettings(archives=(orthanc.archive(),), nodes=(orthanc.node(),))


def queue(made, results, to, now=NOW):
    return outbox.enqueue(made, [v.scan.sha256 for v in results.views], to, now)


def bytes_left():
    return [p.name for p in outbox_folder().rglob("*.dcm")]


def test_stow_gives_the_archive_every_object_bit_for_bit(orthanc, settings, made, results):
    done = outbox.attempt(queue(made, results, "Orthanc"), settings, NOW)
    assert (done.state, done.error, done.attempts) == ("sent", "", 1)
    assert orthanc.files() == {i.uid: i.data for i in made}
    assert bytes_left() == []


def test_the_archive_files_them_under_the_sources_study(orthanc, settings, made, results, sources):
    for data in sources:
        orthanc.upload(data)
    outbox.attempt(queue(made, results, "Orthanc"), settings, NOW)
    studies = orthanc.session.get(f"{orthanc.url}/studies", timeout=20).json()
    assert len(studies) == 1
    assert len(orthanc.session.get(f"{orthanc.url}/patients", timeout=20).json()) == 1


def test_c_store_gives_a_node_the_same_data_sets(orthanc, settings, made, results):
    done = outbox.attempt(queue(made, results, "Orthanc node"), settings, NOW)
    assert (done.state, done.error) == ("sent", "")
    stored = orthanc.files()
    assert stored.keys() == {i.uid for i in made}
    for i in made:
        sent, got = (pydicom.dcmread(BytesIO(data)) for data in (i.data, stored[i.uid]))
        assert sent.to_json() == got.to_json()


def test_sending_again_adds_nothing(orthanc, settings, made, results):
    for _ in range(2):
        assert outbox.attempt(queue(made, results, "Orthanc"), settings, NOW).state == "sent"
    assert len(orthanc.files()) == len(made)
    assert len(outbox.deliveries()) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pynetdicom leaves the socket of a refused connection
@pytest.mark.parametrize("to", ["Orthanc", "Orthanc node"])
def test_results_wait_while_the_archive_is_down(orthanc, settings, made, results, to):
    orthanc.stop()
    delivery = queue(made, results, to)
    waits = []
    for n in range(4):
        delivery = outbox.attempt(delivery, settings, NOW)
        assert (delivery.state, delivery.attempts) == ("waiting", n + 1)
        assert delivery.error
        waits.append(delivery.next_at - NOW)
    assert waits == [outbox.FIRST_WAIT * 2**n for n in range(4)]
    assert outbox.due(NOW) == []
    assert len(bytes_left()) == len(made)
    assert outbox.of_scans([results.views[0].scan.sha256]) == delivery
    orthanc.start()
    (again,) = outbox.due(NOW + timedelta(hours=1))
    assert outbox.attempt(again, settings, NOW + timedelta(hours=1)).state == "sent"
    assert len(orthanc.files()) == len(made)
    assert bytes_left() == []


def test_what_waits_too_long_is_wiped(made, results):
    settings = ExchangeSettings(archives=(Archive(name="down", url=f"http://127.0.0.1:{free_port()}"),))
    delivery = queue(made, results, "down")
    assert outbox.attempt(delivery, settings, NOW + timedelta(days=outbox.DAYS)).state == "waiting"
    assert outbox.attempt(delivery, settings, NOW + timedelta(days=outbox.DAYS, seconds=1)).state == "failed"
    assert bytes_left() == []


def test_only_the_objects_name_the_patient(made, results):
    delivery = queue(made, results, "down")
    record = (delivery.folder / outbox.RECORD).read_text("utf-8")
    for word in ("0815", "Müller", "Zo", results.study, "A-4711"):
        assert word not in record
        assert word not in str(delivery.folder)
    if os.name == "posix":
        assert outbox_folder().stat().st_mode & 0o077 == 0
        assert all(p.stat().st_mode & 0o077 == 0 for p in delivery.folder.iterdir())


@pytest.mark.parametrize(
    ("status", "state"), [(409, "failed"), (415, "failed"), (503, "waiting"), (404, "waiting"), (403, "waiting"), (500, "waiting")]
)
def test_what_the_archive_refuses_is_not_tried_again(made, results, status, state):
    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            while self.rfile.readline().strip() not in (b"0", b""):
                pass
            self.send_error(status)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        archive = Archive(name="a", url=f"http://127.0.0.1:{server.server_port}", timeout_s=5)
        done = outbox.attempt(queue(made, results, "a"), ExchangeSettings(archives=(archive,)), NOW)
        assert (done.state, str(status) in done.error) == (state, True)
        assert bool(bytes_left()) == (state == "waiting")
    finally:
        server.shutdown()
        server.server_close()


def test_a_wrong_password_is_said(orthanc, settings, made, results, monkeypatch):
    monkeypatch.setenv("ORTHANC_AUTH", "Basic d3Jvbmc6d3Jvbmc=")
    done = outbox.attempt(queue(made, results, "Orthanc"), settings, NOW)
    assert done.state == "waiting"
    assert "401" in done.error


def test_a_wrong_called_title_is_said(orthanc, settings, made, results):
    node = orthanc.node().model_copy(update={"ae_title": "OTHER"})
    with pytest.raises(Exception, match="AE title"):
        list(send(queue(made, results, "x").left(), node, "SECOND_READER"))


def test_a_node_that_stores_no_such_kind_refuses(made, results):
    from pynetdicom import AE, evt
    from pynetdicom.sop_class import CTImageStorage

    server = AE("NODE")
    server.add_supported_context(CTImageStorage)
    running = server.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, lambda event: 0)])
    try:
        node = Node(name="n", ae_title="NODE", host="127.0.0.1", port=running.socket.getsockname()[1])
        with pytest.raises(RefusedError):
            list(send(queue(made, results, "x").left(), node, "SECOND_READER"))
    finally:
        running.shutdown()


def test_a_node_without_rle_gets_the_same_pixels_uncompressed(made, results):
    from pynetdicom import AE, StoragePresentationContexts, evt

    stored = {}

    def keep(event):
        ds = event.dataset
        ds.file_meta = event.file_meta
        stored[str(ds.SOPInstanceUID)] = ds
        return 0

    server = AE("NODE")
    for context in StoragePresentationContexts:
        server.add_supported_context(context.abstract_syntax, ExplicitVRLittleEndian)
    running = server.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, keep)])
    try:
        node = Node(name="n", ae_title="NODE", host="127.0.0.1", port=running.socket.getsockname()[1])
        assert outbox.attempt(queue(made, results, "n"), ExchangeSettings(nodes=(node,)), NOW).state == "sent"
    finally:
        running.shutdown()
    assert stored.keys() == {i.uid for i in made}
    for i in made:
        sent = pydicom.dcmread(BytesIO(i.data))
        assert stored[i.uid].file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
        if "PixelData" in sent:
            assert (stored[i.uid].pixel_array == sent.pixel_array).all()


@pytest.mark.parametrize("status", [0xA700, 0xA900, 0xB000])
def test_statuses_of_c_store(made, results, status):
    from pynetdicom import AE, StoragePresentationContexts, evt

    server = AE("NODE")
    for context in StoragePresentationContexts:
        server.add_supported_context(context.abstract_syntax, [ExplicitVRLittleEndian, RLELossless])
    running = server.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, lambda event: status)])
    try:
        node = Node(name="n", ae_title="NODE", host="127.0.0.1", port=running.socket.getsockname()[1])
        done = outbox.attempt(queue(made, results, "n"), ExchangeSettings(nodes=(node,)), NOW)
        assert done.state == {0xA700: "waiting", 0xA900: "failed", 0xB000: "sent"}[status]
    finally:
        running.shutdown()


def test_a_kill_while_queueing_or_sending_leaves_all_or_nothing(tmp_path, made, results, orthanc, settings):
    """A process is killed at random moments of enqueueing and of sending; afterwards every queued object reaches the archive."""
    folder = tmp_path / "objects"
    folder.mkdir()
    for n, i in enumerate(made):
        (folder / f"{n:04}.dcm").write_bytes(i.data)
    script = textwrap.dedent("""
        import sys
        from datetime import datetime
        from pathlib import Path
        from core.exchange import RefusedError, courier, outbox
        from core.exchange.objects.instance import Instance
        from core.exchange.settings import Archive, ExchangeSettings
        made = [Instance("", "", f.stem, "", f.read_bytes()) for f in sorted(Path(sys.argv[1]).glob("*.dcm"))]
        archive = Archive(name="Orthanc", url=sys.argv[2], header_variable="ORTHANC_AUTH")
        print("ready", flush=True)
        found = outbox.enqueue(made, ["0"], "Orthanc", datetime.now())
        print("queued", flush=True)
        outbox.attempt(found, ExchangeSettings(archives=(archive,)), datetime.now())
    """)
    url = f"{orthanc.url}/dicom-web"
    for line in ("ready", "queued"):
        process = subprocess.Popen([sys.executable, "-c", script, folder, url], stdout=subprocess.PIPE, text=True)
        while process.stdout.readline().strip() != line:
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        for delivery in outbox.deliveries():
            assert len(delivery.left()) <= delivery.objects
            assert outbox.attempt(delivery, settings, datetime.now()).state == "sent"
    assert orthanc.files() == {i.uid: i.data for i in made}
    assert bytes_left() == [] or all(".part" in str(p) for p in outbox_folder().rglob("*.dcm"))


def test_the_courier_sends_in_the_background_and_sweeps(orthanc, settings, made, results, tmp_path, monkeypatch):
    monkeypatch.setenv("SECOND_READER_EXCHANGE", str(tmp_path / "exchange.toml"))
    exchange_file().write_text(f'[[archives]]\nname = "Orthanc"\nurl = "{orthanc.url}/dicom-web"\nheader_variable = "ORTHANC_AUTH"\n')
    delivery = queue(made, results, "Orthanc", datetime.now())
    left = outbox_folder() / ".torn.part"
    left.mkdir()
    (left / "0000.dcm").write_bytes(b"half an object")
    os.utime(left, (0, 0))
    courier.wake()
    end = time.monotonic() + 60
    while outbox.deliveries()[0].state != "sent" and time.monotonic() < end:
        time.sleep(0.05)
    assert outbox.deliveries()[0].id == delivery.id
    assert outbox.deliveries()[0].state == "sent"
    assert orthanc.files().keys() == {i.uid for i in made}
    assert not left.exists()


def test_a_destination_is_found_by_name(orthanc):
    both = ExchangeSettings(archives=(orthanc.archive(),), nodes=(orthanc.node(),))
    assert destination(both, None) == both.archives[0]
    assert destination(both, "Orthanc node") == both.nodes[0]
    assert destination(ExchangeSettings(nodes=both.nodes), None) == both.nodes[0]
    with pytest.raises(Exception, match="archive"):
        destination(both, "other")


def test_what_another_process_has_finished_is_not_sent_again(made, results):
    listed = queue(made, results, "a")
    write_json(listed.folder / outbox.RECORD, listed.model_copy(update={"state": "failed"}).model_dump(mode="json"))
    assert outbox.attempt(listed, ExchangeSettings(), NOW).state == "failed"
