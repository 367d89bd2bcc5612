"""Sections of a report page that only some reports have."""

import json
from pathlib import Path

from dashboard.phrases import reports

ROOT = Path(__file__).resolve().parents[2]


def words(app):
    """Captions and texts of the page."""
    return "\n".join(str(e.value) for kind in (app.caption, app.text) for e in kind)


def test_labels_that_may_coincide_have_a_section_of_their_own(app, report, tmp_path):
    app.switch_page("views/models.py").run()
    assert not app.exception
    assert reports.TABS["labels"] not in [t.label for t in app.tabs]
    shipped = json.loads((ROOT / "checkpoints" / "phantom-calcifications" / "report.json").read_text())
    (tmp_path / "phantom-triage" / "report.json").write_text(json.dumps(report | {"multilabel": shipped["multilabel"]}))
    app.run()
    app.session_state["tab_phantom-triage"] = reports.TABS["labels"]
    app.run()
    assert not app.exception
    assert reports.HAMMING.format(common=reports.NO_LABEL) in words(app)
    tables = [t.value for t in app.dataframe]
    (rates,) = [t for t in tables if "positive in validation" in t]
    assert rates["label"].tolist() == ["macro", "micro", "amorphous", "vascular"]
    assert rates["threshold"].iloc[0] == "0.177"
    (called,) = [t for t in tables if list(t.index) == list(t.columns) and t.loc["amorphous", "none"] == 2]
    assert called.loc["none", "amorphous"] == 18


def test_a_coarser_resolution_is_shown_where_it_was_measured(app, report, tmp_path):
    e = report["metrics"]["auroc"]
    difference = e | {"value": -0.113, "low": -0.158, "high": -0.071}
    level = {"factor": 1, "size": [448, 320], "microns": 382.4, "difference": None, "by_class": {"malignant": e}}
    level |= dict.fromkeys(("auroc", "sensitivity", "specificity"), e)
    levels = [level, level | {"size": [224, 160], "microns": None, "difference": difference}]
    found = {"checkpoint": "phantom-triage", "weights_sha256": "0" * 64, "manifest_sha256": "2" * 64, "split": "all", "synthetic": True}
    found |= {"n": 480, "n_patients": 120, "positive": "malignant", "n_positive": 96, "levels": levels}
    (tmp_path / "phantom-triage" / "resolution.json").write_text(json.dumps(found))
    app.session_state["tab_phantom-triage"] = reports.TABS["robustness"]
    app.switch_page("views/models.py").run()
    assert not app.exception
    (table,) = [t.value for t in app.dataframe if "µm a pixel" in t.value]
    assert table["µm a pixel"].tolist() == ["382", "unknown"]
    assert table["AUROC difference"].tolist() == ["–", "-0.11 (-0.16 to -0.07)"]
    assert reports.RESOLUTION_ABOUT.format(n=480, patients=120, seen=reports.SEEN["all"]) in words(app)
    (tmp_path / "phantom-triage" / "resolution.json").write_text(json.dumps(found | {"weights_sha256": "1"}))
    app.run()
    assert not [t for t in app.dataframe if "µm a pixel" in t.value]  # of other weights


def test_every_threshold_rule_has_its_words():
    from core.inference.threshold_rule import CONSOLE_RULES
    from dashboard.phrases.reports import RULES

    assert set(RULES) >= {str(rule) for rule in CONSOLE_RULES}
