"""Independent read: the reader's assessment is recorded before score and heatmap are shown."""

from datetime import datetime
from typing import NamedTuple

import pandas as pd
import streamlit as st

from core.exams.assessment import CATEGORIES, DENSITIES, Assessment
from core.files import csv_text
from dashboard.phrases import read as text
from dashboard.session import records, worklist
from dashboard.session.view_settings import IndependentRead
from dashboard.session.worklist import Case
from dashboard.session.workspace import Draft

MODES: tuple[IndependentRead, ...] = ("mammograms", "always", "never")


class FormKeys(NamedTuple):
    """Keys of the form's widgets."""

    category: str
    density: str
    note: str


def form_keys(exam: str, after_score: bool) -> FormKeys:
    """Of an exam's form before or after the score."""
    return FormKeys(*(f"assessment_{name}_{after_score}_{exam[:16]}" for name in FormKeys._fields))


def ask(case: Case) -> None:
    """The form in the place of the score."""
    st.caption(text.HIDDEN, help=text.HIDDEN_HELP)
    _form(case, after_score=False)
    st.button(text.SKIP, key="skip", on_click=_skip, args=(case.exam,), width="stretch")


def recorded(case: Case) -> None:
    """What was recorded of this exam so far, and a form to amend it; nothing where nothing was."""
    found = records.assessments(case)
    if not found:
        return
    with st.expander(text.MY_READ, expanded=True):
        for assessment in found:
            st.text(assessment.sentence)
        with st.popover(text.AMEND, width="stretch"):
            _form(case, after_score=True)


def _form(case: Case, after_score: bool) -> None:
    """Fields are taken as they change, so that a refresh of the page finds them again."""
    keys = form_keys(case.exam, after_score)
    draft = Draft() if keys.note in st.session_state else records.draft(case.exam)  # widgets on the page keep their own state
    with st.container(border=not after_score, key=f"assessment_{after_score}"):
        category = st.segmented_control(text.CATEGORY, CATEGORIES, default=draft.get("category"), key=keys.category)
        density = st.segmented_control(text.DENSITY, DENSITIES, default=draft.get("density"), key=keys.density)
        note = st.text_input(text.NOTE, draft.get("note", ""), max_chars=500, key=keys.note)
        records.set_draft(case.exam, Draft(category=category, density=density, note=note))
        findings = records.findings(case.exam)
        if findings:
            st.caption("; ".join(f.sentence for f in findings))
        elif not worklist.plain():  # the plain image has no tool to outline one
            st.caption(text.NO_FINDINGS)
        args = (case.exam, after_score)
        st.button(text.RECORD, key=f"record_{after_score}", icon=":material/check:", on_click=_record, args=args, width="stretch")


def _record(exam: str, after_score: bool) -> None:
    category, density, note = (st.session_state[key] for key in form_keys(exam, after_score))
    if category is None:
        st.toast(text.CATEGORY_MISSING, icon=":material/info:")
    else:
        records.record(exam, Assessment(category, density, note.strip(), _now(), after_score, records.findings(exam)))


def _skip(exam: str) -> None:
    records.record(exam, Assessment(None, None, "", _now(), False))


def _now() -> datetime:
    return datetime.now().replace(microsecond=0)


def mode() -> None:
    """The setting, and the session's records as a table to save."""
    settings = worklist.settings()
    at, names = MODES.index(settings.independent_read), text.INDEPENDENT_READ_MODES
    help = text.INDEPENDENT_READ_HELP
    key = f"independent_read_{settings.independent_read}"  # a new widget where the tour changes the setting
    chosen = st.selectbox(text.INDEPENDENT_READ, MODES, at, format_func=lambda m: names[m], key=key, help=help)
    if chosen != settings.independent_read:
        settings.independent_read = chosen
        st.rerun()
    rows = [
        {
            "exam": key[:12],
            "time": f"{a.at:%H:%M:%S}",
            "category": a.category,
            "density": a.density,
            "note": a.note,
            "marks": "; ".join(f.sentence for f in a.findings),
            "after_score": a.after_score,
            "use": "research use only",
        }
        for key, assessments in records.all_assessments().items()
        for a in assessments
    ]
    if rows:
        table = csv_text(pd.DataFrame(rows))
        st.download_button(text.SAVE_READS, table, "reads-research-use-only.csv", "text/csv", key="save_reads")
