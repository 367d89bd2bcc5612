"""A note on the open exam: both scores, their fusion where one was fitted, and silence while the reader looks first."""

import io
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.errors import CheckpointError
from core.evaluation.metrics.analytic import NOTE
from core.files import read_json, write_json
from core.models.card import read_card
from core.notes.fusion import read_fusion, side_of
from core.notes.model import NoteModel
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.phrases import read, reports

SHIPPED = Path(__file__).resolve().parents[2] / "checkpoints"
TEXT = "Irregular mass with spiculated margin. Not lobulated."


def words(app):
    """All text of the page."""
    kinds = (app.markdown, app.caption, app.text, app.subheader, app.info, app.warning, app.error)
    return "\n".join(str(e.value) for kind in kinds for e in kind)


def write(app, text):
    """Type a note on the open exam."""
    app.button(key="report").click().run()
    next(a for a in app.text_area if str(a.key).startswith("exam_note_")).set_value(text)
    return app.button(key="report").click().run()


def scores(app):
    """Scores of the panel by what they are of, at most "image", "note" and "both"."""
    line = re.compile(r"^\**(Image alone|Text alone|Both, fused)[^:]*: Score (\d\.\d+), (?:at or above|below) threshold", re.M)
    names = {"Image alone": "image", "Text alone": "note", "Both, fused": "both"}
    return {names[what]: float(score) for what, score in line.findall(words(app))}


def upload(app, *files):
    widget = app.file_uploader(key=f"files_{app.session_state['worklist'].uploads}")
    for name, data in files:
        widget.upload(name, data)
    return app.run()


@pytest.fixture
def noted(app, tmp_path):
    """The app with the shipped model of notes beside its phantom checkpoint."""
    shutil.copytree(SHIPPED / "cbis-notes", tmp_path / "cbis-notes")
    return app


@pytest.fixture
def joined(noted, tmp_path):
    """The same with a fusion that was fitted for the two."""
    fusion = read_json(SHIPPED / "phantom-triage" / "fusion.json")
    write_json(tmp_path / "phantom-triage" / "fusion.json", fusion | {"weights_sha256": "0" * 64})
    return noted


def test_without_a_fusion_both_scores_stand_beside_each_other(noted, phantom, tmp_path):
    upload(noted, ("a.dcm", phantom))
    assert scores(noted) == {}
    write(noted, TEXT)
    assert not noted.exception
    assert scores(noted) == {
        "image": 0.7,
        "note": pytest.approx(NoteModel.load(SHIPPED / "cbis-notes").read(TEXT).score, abs=0.005),
    }
    assert f"{read.RECOGNISED}: irregular, spiculated" in words(noted)
    assert f"{read.NEGATED}: lobulated" in words(noted)
    folder = tmp_path / "phantom-triage"
    with pytest.raises(CheckpointError) as missing:
        read_fusion(folder, read_card(folder), NoteModel.load(SHIPPED / "cbis-notes").card)
    assert str(missing.value) in words(noted)


def test_with_one_the_fused_score_is_named_with_its_limits(joined, phantom):
    write(upload(joined, ("a.dcm", phantom)), TEXT)
    assert not joined.exception
    found, fusion = scores(joined), read_json(SHIPPED / "phantom-triage" / "fusion.json")
    note = NoteModel.load(SHIPPED / "cbis-notes").read(TEXT).score
    odds = fusion["intercept"] + fusion["image"] * np.log(0.7 / 0.3) + fusion["note"] * np.log(note / (1 - note))
    assert found["both"] == pytest.approx(1 / (1 + np.exp(-odds)), abs=0.005)
    assert set(found) == {"image", "note", "both"}
    assert fusion["limits"]
    assert all(limit in words(joined) for limit in fusion["limits"])
    areas = f"{read.FUSION_ROWS['image']} 0.99"
    tested = read.FUSION_TESTED.partition("{areas}")[0].format(n=240, patients="120 phantom exams") + areas
    assert tested in words(joined)
    write(joined, "Nothing to see here.")
    assert "both" not in scores(joined)
    assert read.NO_TEXT_SCORE in words(joined)
    assert read.headline("R MLO", 0.7, 0.4) in words(joined)


def test_a_note_of_the_other_breast_is_not_combined(joined, phantom):
    write(upload(joined, ("a.dcm", phantom)), f"Left breast. {TEXT}")
    assert "both" not in scores(joined)
    assert read.OTHER_SIDE.format(side="left", shown="right") in words(joined)
    write(joined, f"Right breast. {TEXT}")
    assert "both" in scores(joined)


def test_no_score_of_the_note_while_the_reader_looks_first(joined, phantom):
    upload(joined, ("a.dcm", phantom))
    joined.selectbox(key="independent_read_mammograms").select("always").run()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "note_model", lambda: pytest.fail("the note was scored"))
        write(joined, TEXT)
        assert not joined.exception
    assert read.REPORT_TEXT_HIDDEN in words(joined)
    assert read.RECOGNISED not in words(joined)
    assert scores(joined) == {}
    joined.button(key="skip").click().run()
    joined.button(key="report").click().run()
    assert "note" in scores(joined)  # the note was kept, and is scored now


def test_a_film_is_not_combined_by_what_phantoms_taught(joined):
    pixels = draw(plan_exam(8, 1), "R", "MLO", "small").pixels
    out = io.BytesIO()
    Image.fromarray((pixels / 16).astype(np.uint8)[60:-60]).save(out, "PNG")
    upload(joined, ("mammogram.png", out.getvalue()))
    joined.button(key="skip").click().run()
    write(joined, TEXT)
    assert set(scores(joined)) == {"note"}
    joined.button(key="any_phantom-triage").click().run()
    joined.button(key="report").click().run()
    assert set(scores(joined)) == {"image", "note"}
    assert read.FUSION_DOMAIN.format(kind="phantoms") in words(joined)


def test_the_note_belongs_to_the_exam_and_goes_with_it(joined):
    views = [(f"{s}.dcm", dicom_bytes(draw(plan_exam(4, 2), s, "CC", "small"))) for s in "RL"]
    write(upload(joined, *views), TEXT)
    joined.button(key="next").click().run()
    joined.button(key="report").click().run()
    assert next(a for a in joined.text_area if str(a.key).startswith("exam_note_")).value == TEXT
    joined.switch_page("views/models.py").run()
    joined.switch_page("views/read.py").run()
    joined.button(key="report").click().run()
    assert "both" in scores(joined)
    joined.button(key="clear").click().run()
    assert joined.session_state["worklist"].workspace.notes == {}


def test_reports_show_each_alone_and_both(joined, report):
    joined.session_state["tab_phantom-triage"] = reports.TABS["card"]
    joined.switch_page("views/models.py").run()
    assert not joined.exception
    tables = [t.value for t in joined.dataframe if "score of" in t.value]
    assert [t["score of"].tolist() for t in tables] == [
        ["image alone", "text alone", "both, fused"],
        ["image alone", "both, fused"],
        ["image alone", "text alone", "both, fused"],
    ]
    said = words(joined)
    assert "240 test images with a scored text, of 120 patients." in said
    assert "30% of the texts exchanged" in said
    assert f"{phrases.METRICS['auroc']}, both less image: 0.008" in said
    assert NOTE in said


@pytest.mark.parametrize(
    ("text", "side"), [("Left breast, mass", "L"), ("RIGHT upper", "R"), ("left and right", None), ("mass", None), ("upright", None)]
)
def test_the_side_that_a_note_names(text, side):
    assert side_of(text) == side
