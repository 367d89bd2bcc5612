"""The exported report is stamped, loads nothing, and repeats the report's numbers."""

import json

import pytest

from core.evaluation.export import STAMP, SYNTHETIC, html_of, table_of
from core.folders import checkpoints_folder


@pytest.fixture(params=["phantom-triage", "mias-tissue"])
def report(request):
    return json.loads((checkpoints_folder() / request.param / "report.json").read_text())


def test_html(report):
    page = html_of(report | {"title": "<script>alert(1)</script>"})
    assert page.count(STAMP) == 2
    assert (SYNTHETIC in page) == report["synthetic"]
    assert "<script" not in page
    assert "http" not in page
    assert f"{report['metrics']['auroc']['value']:.3f}" in page
    assert report["words"][0].split(" (")[0] in page


def test_a_waiver_is_repeated(report):
    assert "because I say so" in html_of(report | {"waiver": "because I say so"})


def test_table(report):
    table = table_of(report)
    assert table["stamp"].str.contains(STAMP, regex=False).all()
    row = table[(table["group"] == "") & (table["name"] == "auroc")].iloc[0]
    assert row["value"] == report["metrics"]["auroc"]["value"]
    assert len(table) > 20
