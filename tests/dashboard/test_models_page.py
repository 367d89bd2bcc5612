"""Models, Compare models and Runs through AppTest: one operating point drives everything that a page shows and exports."""

import json
import os
import shutil
from pathlib import Path

import pytest

from core.evaluation.export import html_of
from core.evaluation.report_text import operating_point
from core.folders import checkpoints_folder
from core.models.card import read_card
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.phrases import models, reports

ROOT = Path(__file__).resolve().parents[2]
NAME = "phantom-triage"
HISTORY = "epoch,split,loss,accuracy,precision,recall,auroc,lr,seconds\n"


def words(app):
    """All text of the page."""
    kinds = (app.markdown, app.caption, app.text, app.subheader, app.info, app.warning, app.error, app.code)
    return "\n".join(str(e.value) for kind in kinds for e in kind)


def tables(app):
    """All tables of the page as one text."""
    return "".join(t.value.to_csv() for t in (*app.dataframe, *app.table))


def on_tab(app, tab, name=NAME):
    """The Models page on a tab."""
    app.switch_page("views/models.py").run()
    app.session_state[f"tab_{name}"] = reports.TABS[tab]
    app.run()
    assert not app.exception
    return app


def folder():
    return Path(os.environ["SECOND_READER_CHECKPOINTS"])


@pytest.fixture
def shipped(app, monkeypatch):
    """The app on the shipped checkpoints."""
    monkeypatch.setenv("SECOND_READER_CHECKPOINTS", str(ROOT / "checkpoints"))
    return app


@pytest.mark.parametrize("threshold", [0.2, 0.4, 0.5, 0.6, 0.9])
def test_page_and_export_count_alike_at_any_threshold(shipped, threshold):
    name = "roboflow-tumour"
    shipped.query_params["model"] = name
    shipped.switch_page("views/models.py").run()
    shipped.slider(key=f"threshold_{name}").set_value(threshold).run()
    assert not shipped.exception
    card = read_card(checkpoints_folder() / name)
    cases = checkpoints.cases(card)
    called, positive = cases["score"] >= threshold, cases["positive"]
    tp, fp, fn, tn = (int(x.sum()) for x in (called & positive, called & ~positive, ~called & positive, ~called & ~positive))
    assert reports.COUNTS.format(tp=tp, fn=fn, fp=fp, tn=tn, threshold=threshold, rule=reports.CHOSEN) in words(shipped)
    assert shipped.metric[1].value == f"{tp / (tp + fn):.2f}"
    assert shipped.metric[2].value == f"{tn / (tn + fp):.2f}"
    charts = {c.proto.alt: json.loads(c.proto.spec) for c in shipped.get("plotly_chart")}
    assert reports.MATRIX_ALT.format(tp=tp, fn=fn, fp=fp, tn=tn) in charts
    point = charts[reports.ROC_ALT]["data"][-1]
    assert (point["x"][0], point["y"][0]) == pytest.approx((fp / (fp + tn), tp / (tp + fn)))
    complete = checkpoints.report_at(card, threshold, reports.CHOSEN, complete=True)
    assert complete.confusion.counts == ((tn, fp), (fn, tp))
    assert operating_point(complete) in html_of(complete)
    assert reports.CHOSEN in operating_point(complete)
    assert json.loads(complete.model_dump_json())["confusion"]["counts"] == [[tn, fp], [fn, tp]]
    shipped.session_state[f"tab_{name}"] = reports.TABS["errors"]
    shipped.run()
    assert reports.GALLERY_COUNT.format(n=fp + fn, wrong=fp + fn) in words(shipped)
    options = shipped.segmented_control(key=f"cell_{name}").options
    assert reports.CELL.format(name=reports.CELLS["fn"], n=fn) in [o.content if hasattr(o, "content") else o for o in options]


def test_rules_move_the_slider_and_the_slider_leaves_the_rule(app, report):
    app.switch_page("views/models.py").run()
    assert app.slider(key=f"threshold_{NAME}").value == 0.4
    app.session_state[f"rule_{NAME}"] = "specificity=0.9"
    app.slider(key=f"threshold_{NAME}").set_value(0.995).run()
    assert app.session_state[f"rule_{NAME}"] is None
    counts = reports.COUNTS.format(tp=0, fn=1, fp=0, tn=2, threshold=0.995, rule=reports.CHOSEN)
    assert counts in words(app)
    app.slider(key=f"threshold_{NAME}").set_value(0.3).run()
    app.slider(key=f"prevalence_{NAME}").set_value(50.0).run()
    assert reports.THOUSAND.format(positive=500, tp=500, fn=0, fp=0, tn=500) in words(app)


def test_the_page_shows_the_numbers_of_the_file(app, report):
    on_tab(app, "summary")
    assert "0.811" in tables(app)
    assert reports.COUNTS.format(tp=3, fn=1, fp=1, tn=7, threshold=0.4, rule="Youden") in words(app)
    assert app.metric[0].delta == reports.INTERVAL.format(interval="0.70 to 0.90", n=12)
    assert report["summary"][0] in words(app)
    assert "no positive image" in tables(app)
    assert reports.CAVEATS in words(app)
    on_tab(app, "heatmaps")
    assert report["localisation"]["text"] in words(app)


def test_accuracy_below_the_majority_class_is_said(app, report):
    e = report["majority_baseline"] | {"value": 0.95}
    (folder() / NAME / "report.json").write_text(json.dumps(report | {"majority_baseline": e}))
    app.switch_page("views/models.py").run()
    assert app.metric[4].delta == reports.BELOW_BASELINE.format(baseline="0.95")


def test_every_tab_opens(app, report):
    for tab in reports.TABS:
        if tab != "labels":
            on_tab(app, tab)
            assert words(app).strip()


def test_the_most_probable_class_has_a_tab_of_its_own(app, report):
    on_tab(app, "argmax")
    assert reports.ARGMAX_ABOUT in words(app)
    assert report["argmax"]["summary"][0] in words(app)
    assert phrases.METRICS["mcc"] in tables(app)
    (folder() / NAME / "report.json").write_text(json.dumps(report | {"argmax": None}))
    app.session_state[f"tab_{NAME}"] = reports.TABS["summary"]
    app.run()
    assert reports.TABS["argmax"] not in [t.label for t in app.tabs]


def test_levels_and_subgroups(app, report):
    on_tab(app, "subgroups")
    found = [t.value for t in app.dataframe]
    assert any("warning" in t and t["warning"].tolist() == ["fewer than 30 images"] for t in found)
    assert any("level" in t for t in found)


def test_what_was_probed(app, report):
    on_tab(app, "robustness")
    assert "noise" in tables(app)
    assert "-0.12 (-0.20 to -0.05)" in tables(app)
    assert reports.SPREAD_UNDEFINED.format(source="dropout", reason="the head has no dropout") in words(app)
    assert reports.NOT_MEASURED.format(reason="unknown in this source") in tables(app)
    on_tab(app, "heatmaps")
    assert report["heatmaps"]["rows"][-1]["method"] in tables(app)
    faithful = {k: phrases.estimate(report["faithfulness"][k]) for k in ("deletion", "insertion")}
    assert reports.DELETION.format(**faithful) in words(app)
    app.segmented_control(key=f"subset_{NAME}").set_value("missed").run()
    assert not app.exception


def test_uncertainty_has_its_place_at_the_operating_point(app, report):
    on_tab(app, "point")
    assert reports.SELECTIVE.format(aurc=0.12) in words(app)
    assert phrases.METRICS["mcc"] in tables(app)


def test_what_is_missing_has_its_command(app, report):
    for key in ("robustness", "stability", "heatmaps", "faithfulness", "shortcuts", "localisation"):
        del report[key]
    (folder() / NAME / "report.json").write_text(json.dumps(report))
    command = reports.EVALUATE.format(name=NAME)
    assert words(on_tab(app, "robustness")).count(command) == 2
    assert words(on_tab(app, "heatmaps")).count(command) == 1
    (folder() / NAME / "report.json").unlink()
    app.run()
    assert not app.exception
    assert reports.NO_REPORT in words(app)
    assert command in words(app)
    shutil.rmtree(folder() / NAME)
    for page in ("models", "reports"):
        app.switch_page(f"views/{page}.py").run()
        assert not app.exception
        assert phrases.EMPTY_REPORTS in words(app)
        assert models.TRAIN in words(app)


def test_a_report_of_another_version_says_so(app, report):
    (folder() / NAME / "report.json").write_text(json.dumps(report | {"schema_version": 2}))
    app.switch_page("views/models.py").run()
    assert not app.exception
    assert reports.REPORT_FAILED in words(app)


def test_images_behind_the_matrix_open_in_read(app, report):
    on_tab(app, "errors")
    assert reports.GALLERY_COUNT.format(n=0, wrong=0) in words(app)
    app.segmented_control(key=f"cell_{NAME}").set_value("tp").run()
    assert not app.exception
    assert reports.GALLERY_COUNT.format(n=1, wrong=0) in words(app)
    assert reports.PREDICTED.format(decision="positive") in words(app)
    next(b for b in app.button if b.key.startswith("read_")).click().run()
    assert not app.exception
    assert len(app.session_state["worklist"].cases) == 1


def test_orders_of_the_gallery_look_for_trouble(app, report):
    on_tab(app, "errors")
    app.segmented_control(key=f"cell_{NAME}").set_value("all").run()
    order = app.selectbox(key=f"order_{NAME}")
    assert order.options == [reports.ORDERS["confidence"]]  # no errors, no sweep, no sides
    path = folder() / NAME / "predictions.csv"
    path.write_text(path.read_text().replace("malignant,0,0,3", "malignant,9,0,0"))
    app.run()
    order = app.selectbox(key=f"order_{NAME}")
    assert order.options == [reports.ORDERS["confidence"], reports.ORDERS["errors"]]
    order.set_value("errors").run()
    assert reports.GALLERY_COUNT.format(n=1, wrong=1) in words(app)
    assert words(app).count(reports.PREDICTED.format(decision="negative")) == 1


def another(title="Second model", **changed):
    """A second checkpoint on the same images."""
    shutil.copytree(folder() / NAME, folder() / "second")
    card = json.loads((folder() / "second" / "card.json").read_text()) | {"name": "second", "title": title} | changed
    (folder() / "second" / "card.json").write_text(json.dumps(card))
    return folder() / "second"


def test_two_models_on_the_same_images(app, report):
    path = another() / "predictions.csv"
    path.write_text(path.read_text().replace("malignant,0,0,3", "malignant,9,0,0"))
    app.switch_page("views/reports.py").run()
    assert not app.exception
    assert reports.PAIRED.format(n=3, patients=2) in words(app)
    assert reports.CHANGED.format(n=1) in words(app)
    assert "Second model" in tables(app)
    assert "None" not in tables(app)


def test_only_what_can_be_compared_is_offered(app, report):
    path = another() / "predictions.csv"
    path.write_text(path.read_text().replace("test", "validation"))
    app.switch_page("views/reports.py").run()
    assert not app.exception
    assert reports.NOTHING_COMPARABLE in words(app)
    assert reports.TRAIN_ANOTHER in words(app)
    assert not app.selectbox


def test_runs_are_listed_at_once_and_grow(app, tmp_path, monkeypatch):
    app.switch_page("views/training.py").run()
    assert models.EMPTY_RUNS in words(app)
    assert models.TRAIN in words(app)
    monkeypatch.setenv("SECOND_READER_RUNS", str(tmp_path / "runs"))
    for name, lr in (("one", 0.1), ("two", 0.2)):
        run = tmp_path / "runs" / name
        run.mkdir(parents=True)
        (run / "history.csv").write_text(HISTORY + "1,train,0.9,0.5,0.5,0.5,0.5,0.1,60\n1,validation,0.8,0.5,0.5,0.5,0.61,0.1,60\n")
        (run / "recipe.toml").write_text(f"lr = {lr}\nseed = 0\n[input]\nsize = [64, 48]\n")
    app.run()
    table = app.dataframe[0].value.set_index(models.RUN_COLUMNS["run"])
    assert set(table.index) == {"one", "two"}
    assert table.loc["one"].tolist() == [models.RUNNING, "1", "0.610", "2"]
    assert app.dataframe[1].value[models.SETTING].tolist() == ["lr"]
    assert len(app.get("plotly_chart")) == 4
    with open(tmp_path / "runs" / "one" / "history.csv", "a") as f:
        f.write("2,train,0.7,0.5,0.5,0.5,0.5,0.1,60\n2,validation,0.7,0.5,0.5,0.5,0.75,0.1,60\n")
    app.run()
    table = app.dataframe[0].value.set_index(models.RUN_COLUMNS["run"])
    assert table.loc["one"].tolist() == [models.RUNNING, "2", "0.750", "4"]
    assert not app.exception


def test_the_matrix_of_outside_tests_names_every_source_and_leaves_out_densities(shipped):
    name = "roboflow-tumour"
    shipped.query_params["model"] = name
    shipped.switch_page("views/models.py").run()
    assert not shipped.exception
    matrix = next(t.value for t in shipped.dataframe if reports.MODEL in t.value and "INbreast" in t.value)
    own = {r.source: r.auroc.text() for r in checkpoints.outside(name)}
    assert own.items() <= dict(matrix.set_index(reports.MODEL).loc[read_card(checkpoints_folder() / name).title]).items()
    assert read_card(checkpoints_folder() / "mias-tissue").title not in set(matrix[reports.MODEL])
    assert reports.OUTSIDE_OWN in matrix.to_csv()
