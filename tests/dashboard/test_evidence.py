"""Sections of a report page that only some reports have."""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def words(app):
    """Captions and texts of the page."""
    return "\n".join(str(e.value) for kind in (app.caption, app.text) for e in kind)


def test_labels_that_may_coincide_have_a_section_of_their_own(app, report, tmp_path):
    app.switch_page("views/reports.py").run()
    assert not app.exception
    assert "Hamming" not in words(app)
    shipped = json.loads((ROOT / "checkpoints" / "phantom-calcifications" / "report.json").read_text())
    (tmp_path / "phantom-triage" / "report.json").write_text(json.dumps(report | {"multilabel": shipped["multilabel"]}))
    app.run()
    assert not app.exception
    assert "Hamming loss: the share of single yes or no answers that are wrong" in words(app)
    assert "The most frequent set of the test part: no label at all." in words(app)
    tables = [t.value for t in app.dataframe]
    (rates,) = [t for t in tables if "validation images with it" in t]
    assert rates["label"].tolist() == ["macro", "micro", "amorphous", "vascular"]
    assert rates["threshold"].iloc[0] == "0.177"
    (called,) = [t for t in tables if list(t.index) == list(t.columns) and t.loc["amorphous", "none"] == 2]
    assert called.loc["none", "amorphous"] == 18
