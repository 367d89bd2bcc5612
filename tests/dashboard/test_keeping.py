"""Keeping in the dashboard: off until asked for, opened again as it was, deleted everywhere, and silent about hidden scores."""

import io
from inspect import signature

import numpy as np
import pytest
from PIL import Image

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.errors import StoreError
from core.store import saved_exams
from core.store.database import Damaged
from dashboard.cache import predictions
from dashboard.phrases import first_screen, read, session
from dashboard.read.independent_read import summary
from dashboard.session import leftovers

SCORED = read.headline("", 0.7, 0.4).strip()


def words(app):
    """All text of the page."""
    kinds = (app.markdown, app.caption, app.text, app.subheader, app.info, app.warning, app.error, app.button, app.checkbox)
    return "\n".join(str(getattr(e, "value", "")) + str(getattr(e, "label", "")) for kind in kinds for e in kind)


def assessment(app, **fields):
    """Fill the form of the open exam, which has no read yet."""
    exam = app.session_state["worklist"].cases[app.session_state["worklist"].selected].exam
    for name, value in fields.items():
        app.session_state[f"assessment_{name}_0_{exam[:16]}"] = value


def save(app, menu):
    """Save the open exam by its menu, and open that again."""
    menu(app, read.SAVE_EXAM)
    app.button(key="save").click()
    menu(app, read.SAVE_EXAM)
    return menu(app, read.SAVE_EXAM)


def upload(app, *files):
    widget = app.file_uploader(key=f"files_{app.session_state['worklist'].uploads}")
    for name, data in files:
        widget.upload(name, data)
    return app.run()


def mammogram_file():
    """A phantom's pixels without stamp and tags: taken for a clinical mammogram."""
    pixels = draw(plan_exam(8, 1), "R", "MLO", "small").pixels.copy()
    out = io.BytesIO()
    Image.fromarray((pixels / 16).astype(np.uint8)[60:-60]).save(out, "PNG")
    return ("jane-doe.png", out.getvalue())


def unfold(app):
    """Open the list of kept cases."""
    app.session_state["saved_exams"] = True
    return app.run()


def files(folder):
    return [p for p in folder.rglob("*") if p.is_file()]


def test_nothing_is_kept_until_it_is_said(app, phantom, tmp_path, menu):
    upload(app, ("a.dcm", phantom))
    app.toggle(key="plain_heat").set_value(True).run()
    menu(app, read.SAVE_EXAM)
    assert not app.exception
    assert read.NOT_SAVED in words(app)
    assert read.SAVED_EXAMS not in [e.label for e in app.expander]
    assert not (tmp_path / "saved").exists()


def test_a_case_is_kept_opened_again_and_deleted(app, phantom, tmp_path, menu):
    upload(app, ("a.dcm", phantom))
    save(app, menu)
    assert not app.exception
    entry = saved_exams.entries()[0]
    assert f"**Saved** as `{entry.id}`" in words(app)
    assert read.SAVED_COUNTS.format(views=1, scores=1, reads=0) in words(app)
    assert entry.predictions[0].score == 0.7
    assessment(app, category=3)
    app.button(key="clear").click().run()
    assert first_screen.SENTENCE in words(app)
    unfold(app)
    assert entry.label in words(app)
    assert "0.7" not in words(app)  # no score in the list
    app.button(key=f"saved_{entry.id}").click().run()
    assert not app.exception
    assert SCORED in words(app)
    menu(app, read.SAVE_EXAM)
    assert f"**Saved** as `{entry.id}`" in words(app)
    app.button(key=f"delete_Delete{entry.id}").click()
    menu(app, read.SAVE_EXAM)
    assert not app.exception
    assert saved_exams.entries() == []
    assert not list((tmp_path / "saved" / "images").iterdir())
    assert not app.session_state["worklist"].cases
    assert not app.session_state["worklist"].workspace.first_viewed
    assert first_screen.SENTENCE in words(app)
    sha = entry.views[0].sha256.encode()
    assert not any(sha in p.read_bytes() for p in files(tmp_path / "saved"))


def test_note_and_structured_report_are_kept_and_come_back(app, phantom, menu):
    upload(app, ("a.dcm", phantom))
    save(app, menu)
    exam = next(iter(app.session_state["worklist"].cases.values())).exam[:16]
    app.button(key="report").click().run()
    app.text_area(key=f"exam_note_{exam}").set_value("a spiculated mass")
    app.text_area(key=f"section_left_{exam}").set_value("nothing to see").run()
    assert not app.exception
    entry = saved_exams.entries()[0]
    app.button(key="clear").click().run()
    unfold(app)
    app.button(key=f"saved_{entry.id}").click().run()
    app.button(key="report").click().run()
    assert app.text_area(key=f"exam_note_{exam}").value == "a spiculated mass"
    assert app.text_area(key=f"section_left_{exam}").value == "nothing to see"


def test_marks_come_back_with_a_kept_case_and_go_with_it_after_a_refresh(app, menu):
    upload(app, mammogram_file())
    workspace = app.session_state["worklist"].workspace
    key = app.session_state["worklist"].selected
    workspace.marks[key] = ((40.0, 50.0, 20.0, 10.0),)
    assessment(app, category=4)
    app.button(key="record").click().run()
    save(app, menu)
    entry = saved_exams.entries()[0]
    app.button(key="clear").click().run()
    assert not workspace.marks
    assert not workspace.assessments
    unfold(app)
    app.button(key=f"saved_{entry.id}").click().run()
    assert not app.exception
    assert workspace.marks[key] == ((40.0, 50.0, 20.0, 10.0),)
    workspace.close_all()  # to free memory: nothing is open, and what was recorded stays
    unfold(app.run())
    assert workspace.assessments
    app.button(key=f"delete_{entry.id}").click().run()
    assert not app.exception
    assert not workspace.assessments
    assert not workspace.marks
    assert not workspace.first_viewed


def test_closing_a_case_overwrites_its_pixels(app, phantom):
    upload(app, ("a.dcm", phantom))
    scan = next(iter(app.session_state["worklist"].cases.values())).scan
    assert scan.values.any()
    app.button(key="clear").click().run()
    assert not scan.values.any()


def test_what_is_recorded_later_follows(app, tmp_path, menu):
    upload(app, mammogram_file())
    save(app, menu)
    entry = saved_exams.entries()[0]
    assert (entry.predictions, entry.assessments) == ((), 0)
    assert read.SAVED_COUNTS.format(views=1, scores=0, reads=0) in words(app)
    unfold(app)
    assert read.HIDDEN in words(app)
    assert "0.4" not in words(app)
    assessment(app, category=4, density="c")
    app.button(key="record").click().run()
    app.run()
    assert not app.exception
    assert saved_exams.entries()[0].assessments == 1
    app.button(key="clear").click().run()
    unfold(app)
    app.button(key=f"saved_{entry.id}").click().run()
    (recorded,) = next(iter(app.session_state["worklist"].workspace.assessments.values()))
    assert (recorded.category, recorded.density, recorded.after_score) == (4, "c", False)
    assert summary(recorded) in words(app)
    assert read.HIDDEN not in words(app)
    assert b"jane-doe" not in b"".join(p.read_bytes() for p in files(tmp_path / "saved"))


def test_a_hidden_score_stays_hidden_when_the_case_is_opened_again(app, menu):
    upload(app, mammogram_file())
    save(app, menu)
    app.button(key="clear").click().run()
    unfold(app)
    app.button(key=f"saved_{saved_exams.entries()[0].id}").click().run()
    assert read.HIDDEN in words(app)
    assert saved_exams.entries()[0].predictions == ()


def test_a_new_view_of_a_kept_exam_is_offered(app, menu):
    views = [(f"{s}.dcm", dicom_bytes(draw(plan_exam(4, 2), s, "MLO", "small"))) for s in "RL"]
    upload(app, views[0])
    save(app, menu)
    assert read.SAVE_NEW_VIEWS not in words(app)
    upload(app, views[1])
    menu(app, read.SAVE_EXAM)
    assert read.SAVE_NEW_VIEWS in words(app)
    save(app, menu)
    assert not app.exception
    assert len(saved_exams.entries()) == 1
    assert len(saved_exams.entries()[0].predictions) == 2
    assert read.SAVE_NEW_VIEWS not in words(app)


def test_a_damaged_database_does_not_stop_reading(app, phantom, tmp_path, menu):
    upload(app, ("a.dcm", phantom))
    save(app, menu)
    (tmp_path / "saved" / "saved.sqlite").write_bytes(b"torn" * 5000)
    app.run()
    assert not app.exception
    assert SCORED in words(app)
    with pytest.raises(Damaged) as damaged:
        saved_exams.entries()
    assert f"{damaged.value.what}\n{damaged.value.remedy}" in words(app)
    unfold(app)
    assert not app.exception
    app.button(key="clear").click().run()
    upload(app, ("a.dcm", phantom))
    assert SCORED in words(app)


def test_a_lost_image_says_so_and_its_case_can_be_deleted(app, phantom, tmp_path, menu):
    upload(app, ("a.dcm", phantom))
    save(app, menu)
    app.button(key="clear").click().run()
    next((tmp_path / "saved" / "images").glob("*.npz")).unlink()
    unfold(app)
    kept = saved_exams.entries()[0].id
    app.button(key=f"saved_{kept}").click().run()
    assert not app.exception
    with pytest.raises(StoreError) as lost:
        saved_exams.open_saved(kept)
    assert f"{lost.value.what}\n{lost.value.remedy}" in words(app)
    app.button(key=f"delete_{kept}").click().run()
    assert saved_exams.entries() == []


def test_deleting_empties_caches_and_models(app, phantom, monkeypatch):
    class Cache:
        cleared = False

        def clear(self):
            self.cleared = True

    class Model:
        forgotten = False

        def forget(self):
            self.forgotten = True

    model, caches = Model(), (Cache(), Cache())
    predictions._LOADED.add(model)
    monkeypatch.setattr(predictions, "SCAN_CACHES", caches)
    predictions.forget_scans()
    assert model.forgotten
    assert all(c.cleared for c in caches)


def test_every_cache_of_scans_is_registered():
    def of_scans(f):
        return callable(f) and hasattr(f, "clear") and {"scan", "left", "saliency"} & set(signature(f).parameters)

    assert {n for n, f in vars(predictions).items() if of_scans(f)} == {f.__name__ for f in predictions.SCAN_CACHES}


@pytest.mark.parametrize("looked", [False, True])
def test_burned_in_text_wants_a_look_first(app, looked, menu):
    import pydicom

    ds = pydicom.dcmread(io.BytesIO(dicom_bytes(draw(plan_exam(4, 2), "R", "MLO", "small"))))
    ds.BurnedInAnnotation, ds.SyntheticData = "YES", "NO"
    ds.PixelData = (ds.pixel_array[60:-60]).tobytes()  # without the stamp
    ds.Rows -= 120
    out = io.BytesIO()
    ds.save_as(out)
    upload(app, ("a.dcm", out.getvalue()))
    menu(app, read.SAVE_EXAM)
    assert read.SAVE_CHECKED in words(app)
    if looked:
        next(c for c in app.checkbox if c.key.startswith("checked_")).check()
        menu(app, read.SAVE_EXAM)
    assert app.button(key="save").disabled is not looked
    if looked:
        app.button(key="save").click()
        menu(app, read.SAVE_EXAM)
        assert len(saved_exams.entries()) == 1


def test_what_a_killed_save_left_behind_is_removed_at_the_start_and_said_once(app, phantom, tmp_path, menu):
    leftovers.sweep()
    assert not (tmp_path / "saved").exists()  # nothing saved, nothing made
    upload(app, ("a.dcm", phantom))
    save(app, menu)
    (entry,) = saved_exams.entries()
    images = tmp_path / "saved" / "images"
    (images / f"{'ab' * 32}.npz").write_bytes(b"an image without a row")
    leftovers.sweep()
    assert [p.name for p in images.iterdir()] == [f"{entry.views[0].sha256}.npz"]
    assert session.swept(1) in words(app.run())
    app.button(key="clear").click().run()
    assert session.swept(1) not in words(app)
    assert leftovers.take() == 0
