"""The structured report of the open exam: the reader fills it, the model's part stands apart, and it leaves as PDF or HTML."""

import streamlit as st

from core.exams.structured_report import DENSITY, SECTIONS, StructuredReport, html_of, pdf_of
from dashboard import phrases
from dashboard.cache import predictions
from dashboard.session import records, worklist

SHORT = ("comparison", "recommendation")  # sections of one line


def panel(case, exam, card, any_domain: bool) -> None:
    """The form, closed at first, and the files. While the model must not be heard, they hold nothing of it."""
    with st.expander("Structured report"):
        st.caption(phrases.STATEMENT)
        written = _suggested(case) | records.statement(case)
        for key, title in SECTIONS.items():
            widget = f"state_{key}_{case.exam[:16]}"
            how = {"key": widget, "on_change": records.state, "args": (case.exam, key, widget), "max_chars": 4000}
            if key in SHORT:
                st.text_input(title, written.get(key, ""), **how)
            else:
                st.text_area(title, written.get(key, ""), height=70, **how)
        report = _report(case, exam, card, any_domain, written)
        name = f"exam-{report.exam}-research-use-only"
        left, right = st.columns(2)
        how = {"on_click": "ignore", "width": "stretch", "icon": ":material/download:"}
        left.download_button("PDF", lambda: pdf_of(report), f"{name}.pdf", "application/pdf", key="statement_pdf", **how)
        right.download_button("HTML", lambda: html_of(report), f"{name}.html", "text/html", key="statement_html", **how)


def _suggested(case) -> dict[str, str]:
    """Sections that follow from the recorded impressions; whatever the reader writes takes their place."""
    out = {}
    for assessment in records.assessments(case):
        out |= {"composition": DENSITY[assessment.density]} if assessment.density else {}
        out |= {"impression": assessment.note} if assessment.note else {}
        for side, section in (("R", "right"), ("L", "left")):
            marked = [f.sentence for f in assessment.findings if f.label.startswith(side)]
            out |= {section: f"Marked: {'; '.join(marked)}"} if marked else {}
    return out


def _report(case, exam, card, any_domain: bool, written: dict[str, str]) -> StructuredReport:
    categories = [i.category for i in records.assessments(case) if i.category is not None]
    views = tuple(sorted(c.scan.label for c in exam))
    model = () if card is None or worklist.hidden(case) else _model(exam, card, any_domain)
    return StructuredReport(case.exam[:8], written, categories[-1] if categories else None, views, model, case.scan.synthetic)


def _model(exam, card, any_domain: bool) -> tuple[str, ...]:
    lines = [f"Checkpoint {card.name}, weights {card.weights.sha256[:12]}. {phrases.tested(card)}"]
    for c in exam:
        prediction = predictions.prediction(c.scan, card, any_domain=any_domain)[0]
        lines.append(f"{c.scan.label}: {phrases.score(prediction.score, prediction.threshold)} (for {card.label_space.positive}).")
    return tuple(lines)
