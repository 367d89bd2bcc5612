"""Look first: the reader's impression is recorded before score and heatmap are shown."""

from datetime import datetime

import pandas as pd
import streamlit as st

from core.reading.impression import CATEGORIES, DENSITIES, Impression
from dashboard import phrases, worklist


def ask(case) -> None:
    """The form that stands where the score will be."""
    st.caption(phrases.LOOK_FIRST)
    _form(case, after_score=False)
    st.button("Skip, show the score", key="skip", on_click=_record, args=(case.exam, True, False), width="stretch")


def recorded(case) -> None:
    """What was recorded of this exam so far, and a form to follow it up; nothing where nothing was."""
    found = worklist.impressions(case)
    if not found:
        return
    with st.expander("My impression", expanded=True):
        for impression in found:
            st.text(impression.sentence)
        with st.popover("Record a change", width="stretch"):
            _form(case, after_score=True)


def _form(case, after_score: bool) -> None:
    with st.form(f"impression_{after_score}", border=not after_score):
        st.segmented_control("BI-RADS category", CATEGORIES, key="impression_category")
        st.segmented_control("Density", DENSITIES, key="impression_density")
        st.text_input("Note", key="impression_note", max_chars=500)
        st.form_submit_button("Record", icon=":material/check:", on_click=_record, args=(case.exam, False, after_score), width="stretch")


def _record(exam, skipped: bool, after_score: bool) -> None:
    state, now = st.session_state, datetime.now().replace(microsecond=0)
    if skipped:
        worklist.record(exam, Impression(None, None, "", now, after_score))
    elif state["impression_category"] is None:
        st.toast("Choose a category first.", icon=":material/info:")
    else:
        note = state["impression_note"].strip()
        worklist.record(exam, Impression(state["impression_category"], state["impression_density"], note, now, after_score))


def mode() -> None:
    """The setting, and the session's records as a table to save."""
    modes = list(phrases.LOOK_FIRST_MODES)
    now = worklist.look_first()
    chosen = st.selectbox("Look first", modes, modes.index(now), format_func=phrases.LOOK_FIRST_MODES.get, help=phrases.LOOK_FIRST)
    if chosen != now:
        worklist.set_look_first(chosen)
        st.rerun()
    rows = [
        {
            "exam": key[:12],
            "time": f"{i.at:%H:%M:%S}",
            "category": i.category,
            "density": i.density,
            "note": i.note,
            "after_score": i.after_score,
            "use": "research use only",
        }
        for key, records in worklist.all_impressions().items()
        for i in records
    ]
    if rows:
        table = pd.DataFrame(rows).to_csv(index=False)
        st.download_button("Save my impressions (CSV)", table, "impressions-research-use-only.csv", "text/csv", key="save_impressions")
