"""Studies from an archive and the inbox on the worklist: by search, by link, by themselves."""

import json
import logging
import os
import time

import pytest

pytest.importorskip("dicomweb_client", reason="needs the extra dicom")

from streamlit.testing.v1 import AppTest

from core import exchange
from core.exchange import inbox, retrieval
from core.exchange.settings import Inbox
from dashboard.phrases import arrivals as text
from tests.fake_archive import FakeArchive, changed, drop, silent, status, study

CANARY = "CANARY-7741"


@pytest.fixture(scope="module")
def files():
    return [changed(f, PatientID=CANARY, PatientName="Canary^Bird") for f in study()]


@pytest.fixture
def archive(files, tmp_path, monkeypatch):
    monkeypatch.setattr(retrieval, "WAITS", (0.01, 0.02))
    monkeypatch.setenv("SECOND_READER_INBOX", str(tmp_path / "inbox"))
    monkeypatch.setenv("SECOND_READER_EXCHANGE", str(tmp_path / "exchange.toml"))
    found = FakeArchive(files)
    (tmp_path / "exchange.toml").write_text(f'[[archives]]\nname = "PACS"\nurl = {json.dumps(found.url)}\ntimeout_s = 30\n')
    yield found
    found.close()


def arrived(app):
    """The app once what was coming has come or failed; a browser would look every second."""
    incoming = app.session_state["worklist"].workspace.incoming
    until = time.monotonic() + 60
    while incoming.busy and time.monotonic() < until:
        time.sleep(0.05)
    assert not app.run().exception
    return app


def session(app):
    return app.session_state["worklist"]


def link(app, **query):
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def uid_of(archive):
    return archive.rows[0][0].StudyInstanceUID


def dialog():
    """The dialog alone: AppTest runs a whole script where a browser runs a dialog's part of it."""
    from dashboard.read import archive_search, arrivals
    from dashboard.session import worklist

    worklist.start()
    archive_search._dialog(arrivals.settings().archives)


def dialog_and_arrivals():
    """A look for arrivals while a dialog is open, as a fragment takes it."""
    from core.folders import inbox_folder
    from dashboard.read import arrivals
    from dashboard.session import worklist

    worklist.start()
    worklist.session().dialog = True
    arrivals._look(inbox_folder())


def search(**values):
    app = AppTest.from_function(dialog, default_timeout=60).run()
    for key, value in values.items():
        app.text_input(key=f"archive_{key}").set_value(value)
    return app.button(key="archive_submit").click().run()


def test_a_link_opens_the_study_with_its_prior_and_leaves_the_address(app, archive, caplog):
    archive.add([changed(f, PatientID=CANARY) for f in study(date="20220101", accession="OLD")])
    caplog.set_level(logging.INFO)
    link(app, StudyInstanceUID=uid_of(archive), archive="PACS")
    assert set(app.query_params) <= {"exam"}
    arrived(app)
    assert len(session(app).cases) == 8
    opened = session(app).cases[session(app).selected]
    assert sum(c.exam == opened.exam for c in session(app).cases.values()) == 4
    assert opened.scan.shifted_day == max(c.scan.shifted_day for c in session(app).cases.values())
    assert set(app.query_params) == {"exam"}
    assert not any(word in caplog.text for word in (CANARY, uid_of(archive), "Canary"))


def test_a_link_by_accession_number_takes_the_first_archive(app, archive):
    assert len(session(arrived(link(app, AccessionNumber="ACC1"))).cases) == 4


@pytest.mark.parametrize("query", [{"StudyInstanceUID": "1.2.x"}, {"AccessionNumber": "ACC1", "archive": "other"}])
def test_a_wrong_link_is_a_sentence(app, archive, query):
    link(app, **query)
    assert len(app.warning) == 1
    assert archive.requests == []


def test_a_link_shows_no_other_patients_exam_meanwhile(app, archive):
    app.button(key="sample").click().run()
    before = session(app).selected
    archive.fault = silent(1.0)
    link(app, AccessionNumber="ACC1")
    assert before is not None
    assert session(app).selected is None
    arrived(app)
    assert session(app).selected not in (None, before)


def test_a_search_lists_studies_and_opens_one(archive):
    app = search(patient=CANARY)
    assert list(app.dataframe[0].value[text.COLUMNS[0]]) == ["2024-01-05"]
    app.button(key="archive_open").click().run()
    assert session(app).found is None
    (job,) = session(app).workspace.incoming.jobs
    assert session(app).awaited is job


def test_the_first_screen_offers_the_search(app, archive):
    assert app.run().button(key="open_from_archive")


@pytest.mark.parametrize(("values", "fault"), [({}, None), ({"uid": "x"}, None), ({"patient": "1"}, status(401))])
def test_a_search_that_fails_is_a_sentence(archive, values, fault):
    archive.fault = fault or archive.fault
    app = search(**values)
    assert len(app.error) == 1
    assert not app.dataframe


def test_a_study_that_stays_half_is_not_open_and_goes_on_when_resumed(app, archive):
    archive.fault = drop(after=2)
    arrived(link(app, AccessionNumber="ACC1"))
    assert session(app).cases == {}
    archive.fault = lambda handler, path: False
    archive.requests.clear()
    app.button(key="resume_0").click().run()
    assert len(session(arrived(app)).cases) == 4
    assert len(archive.fetched()) == 2


def test_a_study_can_be_stopped_and_discarded(app, archive):
    archive.fault = silent(0.5, "/instances/")
    link(app, AccessionNumber="ACC1").button(key="stop_arrival_0").click().run()
    arrived(app)
    assert session(app).cases == {}
    app.button(key="discard_0").click().run()
    assert session(app).workspace.incoming.jobs == []
    assert session(app).workspace.incoming.bytes_here == 0


def test_an_image_that_cannot_be_read_is_one_of_the_refused(app, archive, files):
    broken = files[1][:-500_000]
    archive.rows[1] = (archive.rows[1][0], broken)
    arrived(link(app, AccessionNumber="ACC1"))
    assert (len(session(app).cases), len(session(app).problems), session(app).attempted) == (3, 1, 4)


def test_received_studies_appear_by_themselves_and_disturb_no_reader(app, archive, files):
    app.button(key="sample").click().run()
    before = session(app).selected
    box = Inbox(settle_s=0)
    for data in files:
        inbox.store(box, data, 0)
    folder = next(box.folder.iterdir())
    os.utime(folder, (0, 0))  # nothing has come for a while
    app.run()
    arrived(app)
    assert len(session(app).cases) == 8
    assert session(app).selected == before
    arrived(app)
    assert len(session(app).cases) == 8


def test_what_comes_waits_for_an_open_dialog(archive, files):
    app = AppTest.from_function(dialog_and_arrivals, default_timeout=60).run()
    inbox.store(Inbox(settle_s=0), files[0], 0)
    os.utime(next(Inbox().folder.iterdir()), (0, 0))
    arrived(app)
    assert session(app).cases == {}


def test_an_image_that_comes_from_the_archive_and_by_c_store_is_open_once(app, archive, files):
    arrived(link(app, AccessionNumber="ACC1"))
    inbox.store(Inbox(settle_s=0), changed(files[0], ImageComments="other bytes"), 0)
    os.utime(next(Inbox().folder.iterdir()), (0, 0))
    app.run()
    arrived(app)
    assert (len(session(app).cases), session(app).problems) == (4, [])


def test_an_exam_that_was_removed_does_not_come_back(app, archive, files):
    inbox.store(Inbox(settle_s=0), files[0], 0)
    os.utime(next(Inbox().folder.iterdir()), (0, 0))
    app.run()
    arrived(app)
    (key,) = session(app).cases
    session(app).workspace.close(key)
    arrived(app.run())
    assert session(app).cases == {}


def test_without_the_libraries_a_link_is_a_sentence(app, archive, monkeypatch):
    monkeypatch.setattr(exchange, "available", lambda: False)
    link(app, AccessionNumber="ACC1")
    assert "second-reader[dicom]" in app.warning[0].value
    assert archive.requests == []


def test_without_settings_there_is_no_button(app):
    assert not [b for b in app.button if b.key == "open_from_archive"]


def test_wrong_settings_are_a_sentence(app, archive, tmp_path):
    (tmp_path / "exchange.toml").write_text("archives = 4")
    assert len(app.run().warning) == 1
