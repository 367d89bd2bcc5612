"""Look first: the reader's impression is recorded before score and heatmap are shown."""

from datetime import datetime

import pandas as pd
import streamlit as st

from core.exams.assessment import CATEGORIES, DENSITIES, Assessment
from core.files import csv_text
from dashboard import phrases
from dashboard.session import records, worklist

FIELDS = ("category", "density", "note")


def ask(case) -> None:
    """The form that stands where the score will be."""
    st.caption(phrases.LOOK_FIRST)
    _form(case, after_score=False)
    st.button("Skip, show the score", key="skip", on_click=_skip, args=(case.exam,), width="stretch")


def recorded(case) -> None:
    """What was recorded of this exam so far, and a form to follow it up; nothing where nothing was."""
    found = records.assessments(case)
    if not found:
        return
    with st.expander("My impression", expanded=True):
        for assessment in found:
            st.text(assessment.sentence)
        with st.popover("Record a change", width="stretch"):
            _form(case, after_score=True)


def _form(case, after_score: bool) -> None:
    """Fields that are taken over as they change, so that a refresh of the page finds them again."""
    exam = case.exam
    keys = {name: f"impression_{name}_{after_score}_{exam[:16]}" for name in FIELDS}
    so_far = {} if keys["note"] in st.session_state else records.draft(exam)  # fields that stand know it themselves
    with st.container(border=not after_score, key=f"impression_{after_score}"):
        category = st.segmented_control("BI-RADS category", CATEGORIES, default=so_far.get("category"), key=keys["category"])
        density = st.segmented_control("Density", DENSITIES, default=so_far.get("density"), key=keys["density"])
        note = st.text_input("Note", so_far.get("note", ""), max_chars=500, key=keys["note"])
        records.keep_draft(exam, dict(zip(FIELDS, (category, density, note), strict=True)))
        marked = records.findings(exam)
        if marked or not worklist.plain():  # the plain image has no ellipse to draw
            st.caption(f"Marked: {'; '.join(f.sentence for f in marked)}" if marked else phrases.NO_MARKS)
        how = {"icon": ":material/check:", "on_click": _record, "args": (exam, after_score, keys), "width": "stretch"}
        st.button("Record", key=f"record_{after_score}", **how)


def _record(exam: str, after_score: bool, keys: dict[str, str]) -> None:
    category, density, note = (st.session_state[keys[name]] for name in FIELDS)
    if category is None:
        st.toast("Choose a category first.", icon=":material/info:")
    else:
        records.record(exam, Assessment(category, density, note.strip(), _now(), after_score, records.findings(exam)))


def _skip(exam: str) -> None:
    records.record(exam, Assessment(None, None, "", _now(), False))


def _now() -> datetime:
    return datetime.now().replace(microsecond=0)


def mode() -> None:
    """The setting, and the session's records as a table to save."""
    modes = list(phrases.LOOK_FIRST_MODES)
    now = worklist.choices().look_first
    chosen = st.selectbox("Look first", modes, modes.index(now), format_func=phrases.LOOK_FIRST_MODES.get, help=phrases.LOOK_FIRST)
    if chosen != now:
        worklist.choices().look_first = chosen
        st.rerun()
    rows = [
        {
            "exam": key[:12],
            "time": f"{i.at:%H:%M:%S}",
            "category": i.category,
            "density": i.density,
            "note": i.note,
            "marks": "; ".join(f.sentence for f in i.findings),
            "after_score": i.after_score,
            "use": "research use only",
        }
        for key, records in records.all_assessments().items()
        for i in records
    ]
    if rows:
        table = csv_text(pd.DataFrame(rows))
        st.download_button("Save my impressions (CSV)", table, "impressions-research-use-only.csv", "text/csv", key="save_impressions")
