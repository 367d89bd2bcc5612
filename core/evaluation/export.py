"""A report as one offline HTML page. No torch."""

from core import html_page
from core.evaluation.evaluation_report import EvaluationReport
from core.evaluation.parts.decisions import ConfusionMatrix
from core.evaluation.report_text import (
    ARGMAX,
    HEADLINE,
    MATRIX,
    argmax_sentences,
    groups_of,
    name_of,
    sentences,
    stamp_of,
    value_text,
)

HEADER = ("", "value", "95 % interval", "images", "patients", "method")


def html_of(report: EvaluationReport) -> str:
    """The report as one HTML page that loads nothing; every text of the report is escaped."""
    parts = [html_page.paragraph(sentence) for sentence in sentences(report)]
    for group in groups_of(report):
        rows = [
            [name_of(name), value_text(e), e.interval(3), str(e.n), str(e.n_patients or "–"), e.method] for name, e in group.metrics.items()
        ]
        parts += [html_page.heading(group.title), html_page.table(HEADER, rows)]
        if group.title == HEADLINE:
            parts += _matrix(MATRIX, report.confusion)
        if group.title == ARGMAX and report.argmax is not None:
            parts += [html_page.paragraph(sentence) for sentence in argmax_sentences(report)]
            parts += _matrix(f"{ARGMAX}: confusion matrix", report.argmax.confusion)
    return html_page.page(report.title, stamp_of(report), parts)


def _matrix(title: str, matrix: ConfusionMatrix) -> list[str]:
    rows = [[c, *map(str, row)] for c, row in zip(matrix.classes, matrix.counts, strict=True)]
    return [html_page.heading(title), html_page.table(["", *matrix.classes], rows)]
