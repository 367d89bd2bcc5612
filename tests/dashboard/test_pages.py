"""Each page through AppTest, on main.py: on app.py AppTest sees an empty page and no error."""

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st
from PIL import Image

from core.datasets import phantom as phantom_folder
from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.errors import SecondReaderError
from core.inference.default_model import SCORES_OF_CANCER, mismatch
from core.inference.perturbations import SMALL
from core.inference.saliency import GRAD_CAM, Saliency
from core.models.card import read_card
from core.models.outside_results import mean_outside, read_outside
from core.notes.model import NoteModel
from core.notes.understand import understand
from core.scans import archive, assess, read_scan
from dashboard import phrases
from dashboard.cache import checkpoints, predictions
from dashboard.learn import tour
from dashboard.phrases import data as data_text
from dashboard.phrases import first_screen, learn, notes, read, session, viewer
from dashboard.phrases.navigation import PAGES
from dashboard.read import exam_list, independent_read
from dashboard.read.independent_read import summary
from dashboard.session.worklist import Case, Session
from dashboard.session.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
SCORED = read.headline("", 0.7, 0.4).strip()
ANY_SCORE = re.compile(re.escape(SCORED.partition("70")[0]))


def words(app):
    """All text of the page."""
    kinds = (app.markdown, app.caption, app.text, app.subheader, app.info, app.warning, app.error)
    return "\n".join(str(e.value) for kind in kinds for e in kind)


def assessment(app, **fields):
    """Fill the form of the open exam."""
    worklist = app.session_state["worklist"]
    exam = worklist.cases[worklist.selected].exam
    n = len(worklist.workspace.assessments.get(exam, ()))
    for name, value in fields.items():
        app.session_state[f"assessment_{name}_{n}_{exam[:16]}"] = value


def unread(score):
    """The line of an unread exam in the list."""
    return f"{session.STATES['unread']} · AI {phrases.against_threshold(score, 0.4)}"


def selected(app):
    """The open view."""
    worklist = app.session_state["worklist"]
    return worklist.cases[worklist.selected]


def refusal(call, *args):
    """What `call` says is wrong, and what to do about it."""
    with pytest.raises(SecondReaderError) as caught:
        call(*args)
    return str(caught.value)


def records(app):
    """The recorded reads of the open exam, oldest first."""
    worklist = app.session_state["worklist"]
    return worklist.workspace.assessments[worklist.cases[worklist.selected].exam]


def upload(app, *files):
    widget = app.file_uploader(key=f"files_{app.session_state['worklist'].uploads}")
    for name, data in files:
        widget.upload(name, data)
    return app.run()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_empty(app, name):
    app.switch_page(f"views/{name}.py").run()
    assert not app.exception
    assert words(app).strip()


def test_read_shows_score_threshold_and_no_heatmap_at_first(app, phantom):
    upload(app, ("a.dcm", phantom))
    assert not app.exception
    assert SCORED in words(app)
    assert GRAD_CAM not in words(app)
    app.toggle(key="plain_heat").set_value(True).run()
    assert f"{GRAD_CAM}, malignant" in words(app)


def exam_of(number):
    """The four views of a phantom exam, as uploads."""
    views = [(side, view) for view in ("CC", "MLO") for side in "RL"]
    return [(f"{s}{v}.dcm", dicom_bytes(draw(plan_exam(4, number), s, v, "small"))) for s, v in views]


def test_the_exam_has_its_own_score(app):
    upload(app, *exam_of(2))
    assert not app.exception
    assert f"{read.EXAM} {SCORED}" in words(app)
    cells = [b.label for b in app.button if b.key.startswith("cell_")]
    assert cells == [f"{label} {read.cell(0.7, 0.4)}" for label in ("R CC", "R MLO", "L CC", "L MLO")]


def test_an_archive_is_unpacked_and_a_damaged_one_stops_nothing(app, phantom):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as z:
        z.writestr("exam/one.dcm", phantom)
        z.writestr("exam/notes.txt", "no image")
    upload(app, ("exam.zip", packed.getvalue()), ("torn.zip", packed.getvalue()[:100]))
    assert not app.exception
    assert SCORED in words(app)
    assert refusal(archive.contents, packed.getvalue()[:100]) in words(app)
    found = archive.contents(packed.getvalue())
    assert found.passed_over == {"text file": 1}
    assert found.note in words(app)


def test_a_reading_is_put_to_the_test_on_demand(app, phantom):
    upload(app, ("a.dcm", phantom))
    perturbed = f" under {len(SMALL)} small "
    assert perturbed not in words(app)
    app.button(key="robustness").click().run()
    assert not app.exception
    assert perturbed in words(app)
    assert "Hot spot (" in words(app)


def test_leaky_and_honest_stand_side_by_side(app, tmp_path, monkeypatch):
    monkeypatch.setenv("SECOND_READER_RUNS", str(tmp_path / "runs"))
    e = {"value": 0.93, "low": 0.9, "high": 0.95, "undefined": None, "method": "bootstrap", "n": 9}
    block = {"about": "a", "shared_patients": 31, "n": 9, "n_patients": 4, "majority_share": 0.6, "confusion": [[3, 0, 0]] * 3}
    block |= dict.fromkeys(("accuracy", "balanced_accuracy", "macro_f1", "auroc"), e)
    value = {"recipe": {"architecture": "vgg_bn_3", "epochs": 3}, "copies": 16, "sources": ["mini-MIAS"], "classes": ["a", "b", "c"]}
    (tmp_path / "runs" / "x").mkdir(parents=True)
    (tmp_path / "runs" / "x" / "leaky.json").write_text(json.dumps(value | {"leaky": block}))
    app.switch_page("views/leakage_demo.py").run()
    assert learn.EMPTY_LEAKAGE in words(app)  # one side alone is not shown
    honest = block | {"shared_patients": 0, "accuracy": e | {"value": 0.51}}
    (tmp_path / "runs" / "x" / "leaky.json").write_text(json.dumps(value | {"leaky": block, "honest": honest}))
    app.run()
    assert learn.SHARED.format(n=31) in words(app)
    assert [m.value for m in app.metric] == ["0.93", "0.93", "0.51", "0.93"]


def test_an_empty_map_says_so(app, phantom, monkeypatch):
    monkeypatch.setattr(Saliency, "peak", 0.0)
    upload(app, ("a.dcm", phantom))
    assert read.NO_POSITIVE_EVIDENCE in words(app)
    app.toggle(key="plain_heat").set_value(True).run()
    assert phrases.NO_EVIDENCE in words(app)
    assert not [c for c in app.get("plotly_chart") if c.proto.alt == viewer.COLOUR_BAR_ALT]


def test_a_bad_file_gets_its_sentence_and_blocks_nothing(app, phantom):
    upload(app, ("x.txt", b"no image"), ("a.dcm", phantom), ("empty.png", b""))
    assert not app.exception
    assert refusal(read_scan, b"no image") in words(app)
    assert refusal(read_scan, b"") in words(app)
    assert SCORED in words(app)


def test_a_image_that_is_no_mammogram_gets_no_score(app):
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 300)).astype(np.uint8)).save(out, "PNG")
    upload(app, ("noise.png", out.getvalue()))
    assert phrases.CANNOT_ASSESS in words(app)
    assert not ANY_SCORE.search(words(app))


def test_a_film_is_not_scored_by_a_phantom_model_unless_asked(app):
    rows, cols = np.mgrid[:600, :480]
    image = np.where(((rows - 300) / 240) ** 2 + (cols / 330) ** 2 < 1, 120, 3) + np.random.default_rng(0).integers(0, 12, (600, 480))
    out = io.BytesIO()
    Image.fromarray(image.astype(np.uint8)).save(out, "PNG")
    upload(app, ("mammogram.png", out.getvalue()))
    app.button(key="skip").click().run()
    assert mismatch(read_card(app_folder() / "phantom-triage"), SimpleNamespace(synthetic=False)) in words(app)
    assert not ANY_SCORE.search(words(app))
    app.button(key="any_phantom-triage").click().run()
    assert SCORED in words(app)


def test_next_and_clear(app, phantom):
    app.button(key="sample").click().run()
    assert selected(app).scan.label == "R CC"
    app.button(key="next").click().run()
    assert selected(app).scan.label == "L CC"
    app.button(key="previous").click().run()
    app.button(key="previous").click().run()
    assert selected(app).scan.label == "L MLO"
    app.button(key="clear").click().run()
    assert first_screen.SENTENCE in words(app)


def test_compare_names_each_filter_and_what_is_off_recipe(app, phantom):
    upload(app, ("a.dcm", phantom))
    app.switch_page("views/filters.py").run()
    assert not app.exception
    table = app.dataframe[0].value
    assert table["score"].tolist() == [0.7, 0.6, 0.5, 0.2, 0.1]
    assert table["shift"].round(6).tolist() == [0, -0.1, -0.2, -0.5, -0.6]
    assert table["training filter"].tolist() == ["yes", "no", "no", "no", "no"]
    app.toggle(key="filters_heat").set_value(True).run()
    bar = json.loads(next(c.proto.spec for c in app.get("plotly_chart") if c.proto.alt == viewer.COLOUR_BAR_ALT))
    assert 0.99 < bar["layout"]["xaxis"]["tickvals"][-1] <= 1  # the model's own scale, not the largest of the five


def test_a_file_name_is_never_markdown():
    assert phrases.escaped("mdb028_2.pgm – 512 × 384") == r"mdb028\_2.pgm – 512 × 384"
    assert phrases.escaped("a\nb\u202ec") == "a b c"
    assert phrases.escaped("![x](http://a.b/c.png) :red[bad]") == r"\!\[x\](http\:/" + r"/a.b/c.png) \:red\[bad\]"


def test_pages_without_a_prediction_import_no_torch(tmp_path):
    code = (
        "import sys; from streamlit.testing.v1 import AppTest; from dashboard import warm_up; warm_up.start = lambda: None\n"
        "app = AppTest.from_file('dashboard/main.py', default_timeout=60).run()\n"
        "for page in ('reports', 'models', 'about', 'read'):\n"
        "    app.switch_page(f'views/{page}.py').run(); assert not app.exception, page\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True).returncode == 0


def test_data_page_shows_card_audit_gallery_and_augmentation(app, tmp_path, monkeypatch):
    phantom_folder.make(tmp_path / "drawn", 2, 5, size="small")
    monkeypatch.setenv("SECOND_READER_DATA", str(tmp_path))
    app.switch_page("views/data.py").run()
    assert data_text.EMPTY in words(app)
    app.selectbox(key="data_folder").select(f"{tmp_path}/drawn").run()
    assert not app.exception
    assert {m.label: m.value for m in app.metric}["Patients"] == "2"
    assert phrases.SYNTHETIC in words(app)
    assert re.search(r"image \d+ \(", words(app))
    app.button(key="audit").click().run()
    assert "2 patients were found in 8 images" in words(app)
    assert data_text.AUDIT_LEAKAGE in words(app)


def test_data_page_says_what_is_wrong_with_a_folder(app, tmp_path, monkeypatch):
    (tmp_path / "cbis").mkdir()
    (tmp_path / "cbis" / "calc_case_description_test_set.csv").write_text("patient_id,image file path\n")
    monkeypatch.setenv("SECOND_READER_DATA", str(tmp_path))
    app.switch_page("views/data.py").run()
    app.selectbox(key="data_folder").select(f"{tmp_path}/cbis").run()
    assert "none of their 0 images" in words(app)


def app_folder():
    return Path(os.environ["SECOND_READER_CHECKPOINTS"])


def test_the_checkpoint_that_reads_films_stands_first(monkeypatch):
    monkeypatch.setattr(checkpoints, "checkpoints_folder", lambda: ROOT / "checkpoints")
    names = [c.name for c in checkpoints.cards()]
    outside = {
        c.name: mean_outside(read_outside(ROOT / "checkpoints" / c.name))
        for c in checkpoints.cards()
        if c.label_space.name in SCORES_OF_CANCER
    }
    assert names[0] == max((n for n, v in outside.items() if v), key=lambda n: outside[n])
    assert [c.synthetic for c in checkpoints.cards()] == sorted(c.synthetic for c in checkpoints.cards())
    assert set(names) == {p.parent.name for p in (ROOT / "checkpoints").glob("*/card.json")}


def shipped_notes(monkeypatch):
    monkeypatch.setattr(checkpoints, "checkpoints_folder", lambda: ROOT / "checkpoints")


def test_a_note_gets_its_score_and_reasons(app, monkeypatch):
    shipped_notes(monkeypatch)
    app.switch_page("views/notes.py").run()
    text = "Iregular mass with spiculated margin. No calcification, not lobulated."
    app.text_area(key="note_text").set_value(text).run()
    assert not app.exception
    model = NoteModel.load(ROOT / "checkpoints" / "cbis-notes")
    assert model.read(text).score >= model.card.threshold
    assert phrases.score(model.read(text).score, model.card.threshold) in words(app)
    assert "spiculated [+" in words(app)
    assert f"{notes.NEGATED}: lobulated" in words(app)
    assert f"{notes.CORRECTED}: iregular → irregular" in words(app)
    german = "Unscharf begrenzte Verschattung links mit Mikrokalk"
    app.text_area(key="note_text").set_value(german).run()
    assert refusal(understand, german) in words(app)


def test_descriptors_write_a_note(app, monkeypatch):
    shipped_notes(monkeypatch)
    app.switch_page("views/notes.py").run()
    app.multiselect(key="pick_shape").set_value(["shape=OVAL"]).run()
    app.selectbox(key="pick_density").select("2").run()
    app.button(key="write_note").click().run()
    assert app.text_area(key="note_text").value == "Breast. Oval mass. Breast density 2."
    model = NoteModel.load(ROOT / "checkpoints" / "cbis-notes")
    score = model.read("Breast. Oval mass. Breast density 2.").score
    assert score < model.card.threshold
    assert phrases.score(score, model.card.threshold) in words(app)
    app.file_uploader(key="notes_csv").upload("t.csv", b"note\nSpiculated mass\nnormal\n").run()
    assert notes.SCORED.format(n=2, refused=1) in words(app)
    app.file_uploader(key="notes_csv").upload("t.csv", b"a,b\n1,2\n").run()
    assert notes.TABLE_FAILED in words(app)


def mammogram_file():
    """A phantom's pixels without stamp and tags: taken for a clinical mammogram."""
    pixels = draw(plan_exam(8, 1), "R", "MLO", "small").pixels.copy()
    out = io.BytesIO()
    Image.fromarray((pixels / 16).astype(np.uint8)[60:-60]).save(out, "PNG")
    return ("mammogram.png", out.getvalue())


def test_the_score_of_a_film_waits_for_an_impression(app, report):
    upload(app, mammogram_file())
    app.run()
    assert read.HIDDEN in words(app)
    assert "threshold" not in words(app)
    assert not [t for t in app.toggle if t.key == "plain_heat"]
    app.switch_page("views/filters.py").run()
    assert not ANY_SCORE.search(words(app))
    app.switch_page("views/read.py").run()
    app.button(key="skip").click().run()
    assert records(app)[-1].category is None
    assert read.NO_CATEGORY in words(app)
    assert read.HIDDEN not in words(app)


def test_an_impression_is_followed_but_not_overwritten(app, phantom):
    upload(app, ("a.dcm", phantom))
    assert SCORED in words(app)  # a phantom's is open
    app.selectbox(key="independent_read_mammograms").select("always").run()
    assert not ANY_SCORE.search(words(app))
    assert len(app.get("plotly_chart")) == 1  # the mammogram alone
    assessment(app, category=4, density="c")
    app.button(key="record").click().run()
    assert SCORED in words(app)
    before = records(app)[0]
    assert (before.category, before.density, before.after_score) == (4, "c", False)
    assert summary(before) in words(app)
    app.button(key="amend").click().run()
    assessment(app, category=2)
    app.button(key="record").click().run()
    kept, after = records(app)
    assert kept == before
    assert (after.category, after.after_score) == (2, True)
    assert summary(after) in words(app)


def test_a_structured_report_keeps_reader_and_model_apart(app, phantom):
    upload(app, ("a.dcm", phantom))
    app.button(key="report").click().run()
    key = next(t.key for t in app.text_area if t.key.startswith("section_left_"))
    app.text_area(key=key).set_value("Mass, upper outer").run()
    assert not app.exception
    case = next(iter(app.session_state["worklist"].cases.values()))
    assert app.session_state["worklist"].workspace.statements[case.exam] == {"left": "Mass, upper outer"}
    app.button(key="clear").click().run()
    assert app.session_state["worklist"].workspace.statements == {}


def test_several_comparisons_of_protocols_are_chosen_from(app, monkeypatch, tmp_path):
    shipped = json.loads((ROOT / "checkpoints" / "leaky-versus-honest" / "leaky.json").read_text())
    for name, epochs in (("a", 6), ("b", 100)):
        (tmp_path / name).mkdir()
        told = shipped | {"recipe": shipped["recipe"] | {"epochs": epochs}}
        (tmp_path / name / "leaky.json").write_text(json.dumps(told))
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "leaky.json").write_text(json.dumps({k: v for k, v in shipped.items() if k != "honest"}))
    monkeypatch.setattr(checkpoints, "checkpoints_folder", lambda: tmp_path)
    app.switch_page("views/leakage_demo.py").run()
    assert not app.exception
    about = {"architecture": "mobilenet_v2", "sources": ", ".join(shipped["sources"]), "copies": shipped["copies"]}
    assert learn.LEAKAGE_ABOUT.format(**about, epochs=6) in words(app)
    app.session_state["protocol"] = "mobilenet_v2, 16 copies, 100 epochs"
    app.run()
    assert learn.LEAKAGE_ABOUT.format(**about, epochs=100) in words(app)


def test_a_session_of_sample_exams(app, phantom):
    app.switch_page("views/session.py").run()
    assert not app.exception
    assert learn.EMPTY_SESSION in words(app)
    app.button(key="reading_test").click().run(timeout=120)
    assert not app.exception
    cases = app.session_state["worklist"].cases.values()
    assert len(cases) == 4
    assert not ANY_SCORE.search(words(app))  # it waits for the impression
    exam = next(iter(cases)).exam
    app.switch_page("views/read.py").run()  # AppTest does not follow the page's own change
    assessment(app, category=4)
    app.button(key="record").click().run(timeout=120)
    assert SCORED in words(app)
    app.switch_page("views/session.py").run()
    assert not app.exception
    table = app.dataframe[-1].value
    assert table["unaided"].tolist() == [4]
    assert table["AI"].tolist() == ["positive"]
    assert table["truth"].iloc[0] in ("malignant", "not malignant")
    assert app.metric[2].value == "100%"
    app.button(key="reading_test").click().run(timeout=120)
    assert exam in app.session_state["worklist"].workspace.finished
    assert len(app.session_state["worklist"].cases) == 4


@pytest.fixture
def listed(monkeypatch):
    """What the list of exams showed last: its rows."""
    shown = []

    def mount(*, data, **_):
        shown[:] = data["rows"]
        return SimpleNamespace(open=None, menu=None)

    monkeypatch.setattr(exam_list, "_mount", mount)
    return shown


def arrange(app, **settings):
    """Sort and filter the list."""
    vars(app.session_state["worklist"].settings).update(settings)
    app.run()


def test_exams_in_order_of_their_score(app, phantom, monkeypatch, listed):
    other = dicom_bytes(draw(plan_exam(4, 3), "R", "CC", "small"))
    upload(app, ("a.dcm", phantom), ("b.dcm", other))
    first, second = list(app.session_state["worklist"].cases)
    fake = type(predictions.predictor(SimpleNamespace(card=None)))
    plain = fake.predict_and_explain

    def brighter(self, scan, *, input):
        prediction, maps = plain(self, scan, input=input)
        prediction.score = 0.9 if scan.sha256 == second else 0.3
        return prediction, maps

    monkeypatch.setattr(fake, "predict_and_explain", brighter)
    st.cache_data.clear()
    exams = {c.key: c.exam for c in app.session_state["worklist"].cases.values()}
    arrange(app, order="score")
    assert not app.exception
    assert app.session_state["worklist"].listed == [exams[second], exams[first]]
    assert [unread(s) in row["help"] for s, row in zip((0.9, 0.3), listed, strict=True)] == [True, True]
    assert [(row["score"], row["positive"]) for row in listed] == [("0.90", True), ("0.30", False)]
    arrange(app, order="added")
    assert app.session_state["worklist"].listed == [exams[first], exams[second]]
    arrange(app, only="positive")
    assert app.session_state["worklist"].listed == [exams[second]]
    app.button(key="next_exam").click().run()
    assert app.session_state["worklist"].selected == second  # stepping follows what is shown
    arrange(app, only="refused")
    assert session.NO_MATCH in words(app)
    arrange(app, only="all")
    app.selectbox(key="independent_read_mammograms").select("always").run()
    arrange(app, only="positive")
    assert app.session_state["worklist"].listed == []  # what is hidden is not told by being listed
    arrange(app, only="unread")
    assert app.session_state["worklist"].listed == [exams[first], exams[second]]


def test_exams_on_which_reader_and_model_disagree_come_first(app, phantom):
    other = dicom_bytes(draw(plan_exam(4, 3), "R", "CC", "small"))
    upload(app, ("a.dcm", phantom), ("b.dcm", other))
    first, second = (c.exam for c in app.session_state["worklist"].cases.values())
    app.selectbox(key="independent_read_mammograms").select("always").run()
    arrange(app, order="disagreement")
    assessment(app, category=4)  # the score of both is above the threshold: agreed
    app.button(key="record").click().run()
    assert app.session_state["worklist"].listed == [first, second]
    app.button(key="next_exam").click().run()
    assessment(app, category=1)
    app.button(key="record").click().run()
    assert not app.exception
    assert app.session_state["worklist"].listed == [second, first]


def test_the_tour_opens_what_it_speaks_of_and_leaves_settings_as_they_were(app):
    app.switch_page("views/tour.py").run()
    app.button(key="tour_start").click().run(timeout=120)
    assert not app.exception
    now = app.session_state["worklist"]
    assert tour.STEPS[0].words.text in words(app)
    assert len(now.cases) == 4
    assert now.settings.independent_read == "always"
    app.switch_page("views/read.py").run(timeout=120)  # AppTest does not follow the page's own change
    app.button(key="tour_next").click().run(timeout=120)
    assert read.HIDDEN in words(app)
    app.button(key="tour_next").click().run(timeout=120)
    assert records(app)[-1].category is None  # the read is skipped, so that the result shows
    for step in tour.STEPS[3:]:
        app.button(key="tour_next").click().run(timeout=120)
        assert not app.exception
        assert step.words.text in words(app)
    app.button(key="tour_next").click().run(timeout=120)  # finishes
    assert app.session_state["worklist"].settings.tour is None
    assert app.session_state["worklist"].settings.independent_read == "mammograms"
    app.switch_page("views/tour.py").run()
    app.button(key="tour_start").click().run(timeout=120)
    assert len(app.session_state["worklist"].cases) == 4  # the same exam, as if unread
    assert not app.session_state["worklist"].workspace.assessments


def test_the_list_scores_by_the_chosen_model(app, phantom, listed):
    folder = app_folder()
    card = json.loads((folder / "phantom-triage" / "card.json").read_text()) | {"name": "second", "title": "Second model", "threshold": 0.8}
    (folder / "second").mkdir()
    (folder / "second" / "card.json").write_text(json.dumps(card))
    st.cache_data.clear()
    upload(app, ("a.dcm", phantom), ("b.dcm", dicom_bytes(draw(plan_exam(5, 0), "R", "MLO", "small"))))
    app.button(key="model_drawer").click().run()
    app.selectbox(key="model_phantom").set_value("second")
    app.button(key="model_drawer").click().run()
    assert not app.exception
    assert read.headline("R MLO", 0.7, 0.8) in words(app)
    app.run()
    assert [phrases.against_threshold(0.7, 0.8) in row["help"] for row in listed] == [True, False]  # the other exam was not looked at


def test_a_read_is_made_amended_and_left_by_keys_alone(phantom, monkeypatch):
    scans = [read_scan(data) for data in (phantom, dicom_bytes(draw(plan_exam(5, 0), "R", "MLO", "small")))]
    first, second = (Case(scan, assess(scan), "", b"") for scan in scans)
    now = Session(Workspace())
    now.workspace.cases.update({c.key: c for c in (first, second)})
    now.selected = first.key
    monkeypatch.setattr(st, "session_state", {"worklist": now})
    monkeypatch.setattr(st, "toast", lambda *args, **kwargs: None)
    independent_read.record_or_next(first.exam)
    assert not now.workspace.assessments  # no category yet
    independent_read.choose_category(first.exam, 4)
    independent_read.choose_density(first.exam, "c")
    independent_read.record_or_next(first.exam)
    independent_read.choose_category(first.exam, 2)
    assert now.selected == first.key
    independent_read.record_or_next(first.exam)
    made = now.workspace.assessments[first.exam]
    assert [(a.category, a.density) for a in made] == [(4, "c"), (2, "c")]  # what was not chosen again stays
    independent_read.record_or_next(first.exam)
    assert now.selected == second.key
