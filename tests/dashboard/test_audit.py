"""What the dashboard writes into the audit log, and that nothing happens where it cannot."""

import pytest

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.service import audit_log
from core.service.audit_log import AuditError
from dashboard.phrases import read
from dashboard.session import audit


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.setenv("SECOND_READER_AUDIT_LOG", str(tmp_path / "audit.jsonl"))
    return tmp_path / "audit.jsonl"


def upload(app):
    widget = app.file_uploader(key=f"files_{app.session_state['worklist'].uploads}")
    widget.upload("jane-doe.dcm", dicom_bytes(draw(plan_exam(6, 3), "L", "MLO", "small")))
    return app.run()


def actions(log):
    return [(e.action, e.detail) for e in audit_log.entries(log)]


def test_an_exam_leaves_one_entry_for_each_thing_done_with_it(app, menu, log):
    app.run()
    upload(app).run()
    shown = [("open", ""), ("predict", "phantom-triage"), ("show", "phantom-triage")]
    assert actions(log) == shown
    app.run()
    assert actions(log) == shown
    menu(app, read.SAVE_EXAM)
    app.button(key="save").click()
    menu(app, read.SAVE_EXAM)
    (delete,) = [b for b in app.button if b.key and b.key.startswith("delete_")]
    delete.click()
    menu(app, read.SAVE_EXAM)
    assert [a for a, _ in actions(log)] == ["open", "predict", "show", "delete"]
    assert audit_log.verify(log).problems == ()
    scans = {e.images for e in audit_log.entries(log)}
    assert len(scans) == 1
    assert "jane" not in log.read_text()


def test_where_the_log_cannot_be_written_the_page_stops_before_anything_is_opened(app, log):
    log.mkdir()
    app.run()
    upload(app)
    assert not app.session_state["worklist"].cases
    assert "audit log" in app.error[0].value


def test_a_file_is_recorded_before_it_is_made(log):
    made = audit.exported(lambda: b"content", [], "PNG")
    assert not log.exists()
    assert made() == b"content"
    assert actions(log) == [("export", "PNG")]
    log.unlink()
    log.mkdir()
    with pytest.raises(AuditError):
        made()
