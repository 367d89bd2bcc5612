"""A structured report of an exam: what the reader states, and, apart from it and unsigned, what the model gave. Research use only.

Sections as in a mammography report (composition, findings by breast, comparison, impression, recommendation). It carries no name,
no id of a patient and no date of the exam: whoever files it adds them where they belong.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core import html_page

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

STAMP = "RESEARCH USE ONLY. Not a medical device. Not a report for a patient's record."
SYNTHETIC = "SYNTHETIC: drawn by a program, no patient."
UNSIGNED = "Model output, unsigned, not part of the reader's statement"
EMPTY = "–"
DENSITY = {
    "a": "a: almost all fat",
    "b": "b: scattered fibroglandular tissue",
    "c": "c: mixed, dense in parts",
    "d": "d: very dense",
}
SECTIONS = {
    "composition": "Breast composition",
    "right": "Findings, right breast",
    "left": "Findings, left breast",
    "comparison": "Comparison",
    "impression": "Impression",
    "recommendation": "Recommendation",
}


@dataclass(frozen=True)
class StructuredReport:
    """What the reader filled in, and the model's part.

    Attributes
    ----------
    exam : str
        The first digits of a key that leads back to nobody.
    statement : dict of str to str
        By the keys of `SECTIONS`; missing or empty ones are shown as a dash.
    category : int or None
        BI-RADS assessment, by number.
    views : tuple of str
        Which views were read.
    model : tuple of str
        The model's part in sentences; empty where it was not shown.
    synthetic : bool
    """

    exam: str
    statement: dict[str, str]
    category: int | None
    views: tuple[str, ...]
    model: tuple[str, ...] = ()
    synthetic: bool = False

    def __post_init__(self) -> None:
        if unknown := set(self.statement) - set(SECTIONS):
            raise ValueError(f"a report has no section {sorted(unknown)[0]!r}; it has {', '.join(SECTIONS)}")

    @property
    def sections(self) -> list[tuple[str, str]]:
        """(title, text) of the reader's statement, in order."""
        out = [("Views read", ", ".join(self.views) or EMPTY)]
        out += [(title, self.statement.get(key, "").strip() or EMPTY) for key, title in SECTIONS.items()]
        return [*out, ("BI-RADS category", EMPTY if self.category is None else str(self.category))]

    @property
    def title(self) -> str:
        """The heading."""
        return f"Mammography, exam {self.exam}"

    @property
    def stamp(self) -> str:
        """What stands on every page."""
        return f"{STAMP} {SYNTHETIC}" if self.synthetic else STAMP


def html_of(report: StructuredReport) -> str:
    """One offline HTML page; every text is escaped."""
    parts = [html_page.heading(title) + html_page.paragraph(text) for title, text in report.sections]
    parts += [html_page.aside(UNSIGNED, report.model)] if report.model else []
    return html_page.page(report.title, report.stamp, parts)


def pdf_of(report: StructuredReport) -> bytes:
    """An A4 PDF, stamped on every page; the same bytes for the same report."""
    from core.pdf_style import document  # late: reportlab takes its time

    return document(report.title, report.stamp, f"exam {report.exam}", lambda: _content(report))


def _content(report: StructuredReport) -> "Sequence[Flowable]":
    from reportlab.lib.units import mm
    from reportlab.platypus import KeepTogether, Spacer, Table

    from core.pdf_style import GREY, HEAD, paragraph

    flow: list[Flowable] = [KeepTogether([paragraph(title, HEAD), paragraph(text)]) for title, text in report.sections]
    if report.model:
        lines = [paragraph(UNSIGNED, HEAD), *(paragraph(line) for line in report.model)]
        flow += [Spacer(1, 4 * mm), Table([[lines]], colWidths=[174 * mm], style=[("BOX", (0, 0), (-1, -1), 0.6, GREY)])]
    return flow
