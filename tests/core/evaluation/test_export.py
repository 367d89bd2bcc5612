"""The exported report is stamped, loads nothing, and repeats the report's numbers."""

import pytest

from core.evaluation.evaluation_report import load_report
from core.evaluation.export import html_of
from core.evaluation.report_text import STAMP, SYNTHETIC, table_of
from core.folders import checkpoints_folder


@pytest.fixture(params=["phantom-triage", "mias-tissue"])
def report(request):
    return load_report(checkpoints_folder() / request.param)


def test_html(report):
    page = html_of(report.model_copy(update={"title": "<script>alert(1)</script>"}))
    assert page.count(STAMP) == 2
    assert (SYNTHETIC in page) == report.synthetic
    assert "<script" not in page
    assert "http" not in page
    assert f"{report.metrics['auroc'].value:.3f}" in page
    assert report.summary[0].split(" (")[0] in page


def test_a_waiver_is_repeated(report):
    assert "because I say so" in html_of(report.model_copy(update={"waiver": "because I say so"}))


def test_table(report):
    table = table_of(report)
    assert table["stamp"].str.contains(STAMP, regex=False).all()
    row = table[(table["group"] == "Headline metrics") & (table["name"] == "auroc")].iloc[0]
    assert row["value"] == report.metrics["auroc"].value
    assert len(table) > 20
