"""The PDF is stamped on every page, repeats the report's numbers, takes any text, and is the same for the same report."""

import io

import pytest
from pypdf import PdfReader

from core.evaluation.evaluation_report import load_report
from core.evaluation.pdf import pdf_of
from core.evaluation.report_text import STAMP, SYNTHETIC
from core.folders import checkpoints_folder


@pytest.fixture(params=["phantom-triage", "phantom-calcifications", "mias-tissue"])
def report(request):
    return load_report(checkpoints_folder() / request.param)


def test_every_shipped_report(report):
    pdf = pdf_of(report)
    assert pdf == pdf_of(report)
    found = PdfReader(io.BytesIO(pdf))
    texts = [page.extract_text() for page in found.pages]
    assert len(texts) >= 2
    assert all(STAMP in t and (SYNTHETIC in t) == report.synthetic for t in texts)
    assert found.metadata.title == report.title
    assert f"{report.metrics['auroc'].value:.3f}" in texts[0]
    assert any("AUROC under perturbations" in t for t in texts) == bool(report.robustness)


def test_markup_in_a_report_is_text(report):
    pdf = pdf_of(report.model_copy(update={"title": "<b>a & b ≥ c", "waiver": "<script>"}))
    text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert "<b>a & b ≥ c" in text
    assert "<script>" in text
