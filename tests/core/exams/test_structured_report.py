"""A structured report says what the reader said, keeps the model's part apart, and is stamped."""

import io

import pytest
from pypdf import PdfReader

from core.exams.structured_report import EMPTY, SECTIONS, STAMP, SYNTHETIC, UNSIGNED, StructuredReport, html_of, pdf_of


@pytest.fixture
def report():
    statement = {"composition": "c: mixed, dense in parts", "left": "Irregular mass <b>≥ 12 mm</b>,\nupper outer", "impression": "  "}
    return StructuredReport("ab12cd34", statement, 4, ("L CC", "L MLO"), ("Score 0.83, at or above the threshold 0.42",))


def test_sections_in_order_and_gaps_shown(report):
    titles = [title for title, _ in report.sections]
    assert titles == ["Views read", *SECTIONS.values(), "BI-RADS category"]
    texts = dict(report.sections)
    assert texts["Impression"] == texts["Comparison"] == EMPTY
    assert texts["BI-RADS category"] == "4"
    with pytest.raises(ValueError, match="no section 'diagnosis'"):
        StructuredReport("x", {"diagnosis": "cancer"}, None, ())


def test_html(report):
    page = html_of(report)
    assert STAMP in page
    assert "&lt;b&gt;≥ 12 mm&lt;/b&gt;" in page
    assert page.index("Recommendation") < page.index(UNSIGNED) < page.index("Score 0.83")
    silent = StructuredReport("x", {}, None, (), synthetic=True)
    assert UNSIGNED not in html_of(silent)
    assert SYNTHETIC in html_of(silent)


def test_pdf(report):
    pdf = pdf_of(report)
    assert pdf == pdf_of(report)
    pages = [p.extract_text() for p in PdfReader(io.BytesIO(pdf)).pages]
    assert all(STAMP in p for p in pages)
    text = "\n".join(pages)
    assert "<b>≥ 12 mm</b>" in text
    assert text.index("BI-RADS category") < text.index(UNSIGNED)


def test_a_long_statement_takes_several_stamped_pages():
    long = StructuredReport("x", {"right": "\n".join(f"finding {i}" for i in range(150))}, None, (), synthetic=True)
    pages = [p.extract_text() for p in PdfReader(io.BytesIO(pdf_of(long))).pages]
    assert len(pages) > 1
    assert all(SYNTHETIC in p for p in pages)
