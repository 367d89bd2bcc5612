"""The structured report of the open exam: the reader writes it, AI output is listed separately, saved as PDF or HTML."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.exams.structured_report import DENSITY, SECTIONS, StructuredReport, html_of, pdf_of
from core.scans import Scan
from dashboard import phrases
from dashboard.phrases import read as text
from dashboard.read import report_text
from dashboard.session import ai_result, audit, records, worklist
from dashboard.session.ai_result import ExamResult
from dashboard.session.dialogs import dialog
from dashboard.session.worklist import Case, OpenExam

ONE_LINE = ("comparison", "recommendation")  # sections


@dialog(text.STRUCTURED_REPORT, position="right", width="medium")
def show(case: Case, exam: OpenExam) -> None:
    """A drawer with the form, prefilled from the read, its files, and the score of the text. A hidden AI result is in none of them."""
    result = ai_result.ready(exam.views)
    written, scored = st.tabs(text.REPORT_TABS)
    with written:
        st.caption(text.STRUCTURED_REPORT_ABOUT)
        if (category := _category(case)) is not None:
            st.text(text.REPORT_CATEGORY.format(category=category))
        sections = _suggested(case) | records.statement(case)
        for section, title in SECTIONS.items():
            key, value = f"section_{section}_{case.exam[:16]}", sections.get(section, "")
            args = (case.exam, section, key)
            if section in ONE_LINE:
                st.text_input(title, value, key=key, max_chars=4000, on_change=records.take_section, args=args)
            else:
                st.text_area(title, value, height=70, key=key, max_chars=4000, on_change=records.take_section, args=args)
        _files(_report(case, exam, result, sections | records.statement(case)), [c.scan for c in exam.views])
    with scored:
        report_text.render(case, result)


def _files(report: StructuredReport, scans: list[Scan]) -> None:
    name, icon = f"exam-{report.exam}-research-use-only", ":material/download:"
    files: tuple[tuple[str, Callable[[StructuredReport], str | bytes], str], ...] = (
        ("PDF", pdf_of, "application/pdf"),
        ("HTML", html_of, "text/html"),
    )
    for place, (kind, make, mime) in zip(st.columns(len(files)), files, strict=True):
        suffix = kind.lower()
        place.download_button(
            kind,
            audit.exported(partial(make, report), scans, f"report as {kind}"),
            f"{name}.{suffix}",
            mime,
            key=f"report_{suffix}",
            on_click="ignore",
            width="stretch",
            icon=icon,
        )


def _suggested(case: Case) -> dict[str, str]:
    """Sections that follow from the recorded assessments; what the reader writes replaces them."""
    sections: dict[str, str] = {}
    for assessment in records.assessments(case):
        if assessment.density:
            sections["composition"] = DENSITY[assessment.density]
        if assessment.note:
            sections["impression"] = assessment.note
        for side, section in (("R", "right"), ("L", "left")):
            if found := [f.sentence for f in assessment.findings if f.label.startswith(side)]:
                sections[section] = "; ".join(found)
    return sections


def _category(case: Case) -> int | None:
    """The BI-RADS category that was recorded last."""
    return next((a.category for a in reversed(records.assessments(case)) if a.category is not None), None)


def _report(case: Case, exam: OpenExam, result: ExamResult | None, written: dict[str, str]) -> StructuredReport:
    labels = tuple(sorted(c.scan.label for c in exam.views))
    model = _model(exam, result) if result else ()
    return StructuredReport(worklist.workspace().id_of(exam.key)[:8], written, _category(case), labels, model, case.scan.synthetic)


def _model(exam: OpenExam, result: ExamResult) -> tuple[str, ...]:
    card = result.chosen.card
    lines = [f"Model {card.name}, weights {card.weights.sha256[:12]}. {phrases.tested(card)}"]
    for c in exam.views:
        if (found := result.prediction(c.key)) is not None:
            lines.append(f"{c.scan.label}: {phrases.score(found.score, found.threshold)} (for {card.label_space.positive}).")
    return tuple(lines)
