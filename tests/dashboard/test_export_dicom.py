"""The export of results on the reading page: only after the read, into the source's study, and its state in the list."""

import io
import zipfile

import pydicom
import pytest

from core.exchange import outbox
from core.folders import outbox_folder
from dashboard.phrases import exchange
from dashboard.session import leftovers, sending
from tests.dashboard.test_keeping import upload
from tests.orthanc import Orthanc


@pytest.fixture(autouse=True)
def exchange_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("SECOND_READER_OUTBOX", str(tmp_path / "outbox"))
    monkeypatch.setenv("SECOND_READER_EXCHANGE", str(tmp_path / "exchange.toml"))
    monkeypatch.setenv("ORTHANC_AUTH", Orthanc.authorization)


def words(app):
    return "\n".join(str(e.value) for kind in (app.caption, app.info, app.warning, app.success, app.error, app.text) for e in kind)


def test_nothing_is_exported_before_the_read(app, phantom, menu):
    upload(app, ("a.dcm", phantom))
    app.selectbox(key="independent_read_mammograms").select("always").run()
    menu(app, exchange.EXPORT_DICOM)
    assert exchange.HIDDEN in words(app)
    assert not [b for b in app.button if b.key == "dicom_send"]


def test_without_a_destination_the_objects_can_be_downloaded(app, phantom, menu, monkeypatch):
    made = []
    monkeypatch.setattr("dashboard.read.export_dicom.st.download_button", lambda label, data, *a, **k: made.append(data))
    upload(app, ("a.dcm", phantom))
    menu(app, exchange.EXPORT_DICOM)
    assert not app.exception
    assert exchange.NO_DESTINATION in words(app)
    with zipfile.ZipFile(io.BytesIO(made[-1]())) as z:
        objects = [pydicom.dcmread(io.BytesIO(z.read(n))) for n in z.namelist()]
    source = pydicom.dcmread(io.BytesIO(phantom))
    assert {str(d.StudyInstanceUID) for d in objects} == {source.StudyInstanceUID}
    assert {str(d.PatientID) for d in objects} == {source.PatientID}
    assert sorted(d.Modality for d in objects) == ["KO", "OT", "PR", "SEG", "SEG", "SR"]


def test_an_image_without_a_study_says_why(app, menu):
    from tests.dashboard.test_keeping import mammogram_file

    upload(app, mammogram_file())
    app.selectbox(key="independent_read_mammograms").select("never").run()
    menu(app, exchange.EXPORT_DICOM)
    assert not app.exception
    assert exchange.NOT_EXPORTED in words(app)


def test_send_to_an_archive(app, phantom, menu, tmp_path):
    server = Orthanc(tmp_path / "orthanc").start()
    try:
        (tmp_path / "exchange.toml").write_text(
            f'[[archives]]\nname = "PACS"\nurl = "{server.url}/dicom-web"\nheader_variable = "ORTHANC_AUTH"\n'
        )
        upload(app, ("a.dcm", phantom))
        menu(app, exchange.EXPORT_DICOM)
        app.button(key="dicom_send").click()
        menu(app, exchange.EXPORT_DICOM)  # AppTest draws a dialog only in the run that opens it
        assert not app.exception
        (delivery,) = outbox.deliveries()
        assert (delivery.state, delivery.error) == ("sent", "")
        assert len(server.files()) == delivery.objects == 6
        assert exchange.state("sent", "PACS", 6) in words(app)
        assert not list(outbox_folder().rglob("*.dcm"))
        key = next(iter(app.session_state["worklist"].cases))
        assert sending.deliveries()[key].state == "sent"
    finally:
        server.stop()


def test_the_header_goes_with_the_view(app, phantom):
    upload(app, ("a.dcm", phantom))
    (case,) = app.session_state["worklist"].cases.values()
    assert case.source is not None
    assert str(case.source.PatientID) not in repr(case)
    assert "PixelData" not in case.source
    app.session_state["worklist"].workspace.close(case.key)
    assert app.session_state["worklist"].cases == {}


def test_nothing_is_imported_without_an_outbox(app):
    assert not outbox_folder().exists()
    leftovers.resume_sending()
    assert sending.deliveries() == {}
    assert not outbox_folder().exists()
