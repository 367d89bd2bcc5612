"""A structured report of an exam: what the reader states, and, apart from it and unsigned, what the model gave. Research use only.

Sections as in a mammography report (composition, findings by breast, comparison, impression, recommendation). It carries no name,
no id of a patient and no date of the exam: whoever files it adds them where they belong.
"""

import io
from dataclasses import dataclass
from functools import partial
from html import escape as _escape

STAMP = "RESEARCH USE ONLY. Not a medical device. Not a report for a patient's record."
SYNTHETIC = "SYNTHETIC: drawn by a program, no patient."
escape = partial(_escape, quote=False)  # texts stand between tags, never in an attribute
UNSIGNED = "Model output, unsigned, not part of the reader's statement"
NOTHING = "–"
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
        The model's part in sentences; empty where it was not heard.
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
        out = [("Views read", ", ".join(self.views) or NOTHING)]
        out += [(title, self.statement.get(key, "").strip() or NOTHING) for key, title in SECTIONS.items()]
        return [*out, ("BI-RADS category", NOTHING if self.category is None else str(self.category))]

    @property
    def stamp(self) -> str:
        """What stands on every page."""
        return f"{STAMP} {SYNTHETIC}" if self.synthetic else STAMP


STYLE = """body{font:16px/1.5 sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1c1f21}
h1{font-size:1.4rem}h2{font-size:1rem;margin:1.1rem 0 .1rem}p{margin:.1rem 0;white-space:pre-wrap}
.stamp{border:2px solid #a33;color:#a33;padding:.4rem .8rem;font-weight:bold}
.model{border:1px dashed #888;color:#444;padding:.4rem .8rem;margin-top:1.6rem}"""


def html_of(report: StructuredReport) -> str:
    """One offline HTML page; every text is escaped."""
    parts = [f'<p class="stamp">{escape(report.stamp)}</p><h1>Mammography, exam {escape(report.exam)}</h1>']
    parts += [f"<h2>{escape(title)}</h2><p>{escape(text)}</p>" for title, text in report.sections]
    if report.model:
        lines = "".join(f"<p>{escape(line)}</p>" for line in report.model)
        parts.append(f'<div class="model"><h2>{escape(UNSIGNED)}</h2>{lines}</div>')
    head = f'<meta charset="utf-8"><title>Exam {escape(report.exam)}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def pdf_of(report: StructuredReport) -> bytes:
    """An A4 PDF, stamped on every page; the same bytes for the same report."""
    from reportlab.lib import colors
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Table

    from core.pdf_style import HEAD, TEXT, TITLE, register, stamped

    register()

    def block(title: str, text: str) -> KeepTogether:
        lines = "<br/>".join(escape(line) for line in text.splitlines())
        return KeepTogether([Paragraph(escape(title), HEAD), Paragraph(lines, TEXT)])

    out = io.BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=22 * mm, rightMargin=22 * mm, topMargin=20 * mm, bottomMargin=18 * mm,
        title=f"Exam {report.exam}", author="Second Reader", subject=report.stamp, invariant=1,
    )  # fmt: skip
    flow = [Paragraph(f"Mammography, exam {escape(report.exam)}", TITLE), *(block(*s) for s in report.sections)]
    if report.model:
        inner = [Paragraph(escape(UNSIGNED), HEAD), *(Paragraph(escape(line), TEXT) for line in report.model)]
        flow.append(Paragraph("<br/>", TEXT))
        flow.append(Table([[inner]], colWidths=[166 * mm], style=[("BOX", (0, 0), (-1, -1), 0.6, colors.HexColor("#888888"))]))
    page = stamped(report.stamp, f"exam {report.exam}")
    document.build(flow, onFirstPage=page, onLaterPages=page)
    return out.getvalue()
