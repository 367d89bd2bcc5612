"""Settings of Read: for which exams the AI result waits for a read; the reads as a table; what is in memory."""

from typing import get_args

import pandas as pd
import streamlit as st

from core.exams.assessment import read_state
from core.files import csv_text
from dashboard.phrases import read as text
from dashboard.phrases import session as session_text
from dashboard.session import audit, records, worklist
from dashboard.session.view_settings import IndependentRead
from dashboard.session.workspace import HOURS

MODES: tuple[IndependentRead, ...] = get_args(IndependentRead)


def render() -> None:
    """Draw them."""
    _independent_read()
    if rows := _reads():
        table = csv_text(pd.DataFrame(rows))
        st.download_button(
            text.SAVE_READS,
            audit.exported(lambda: table, [], "table of reads"),
            "reads-research-use-only.csv",
            "text/csv",
            key="save_reads",
            width="stretch",
        )
    views, size = len(worklist.cases()), worklist.workspace().pixel_bytes / 2**20
    st.caption(session_text.MEMORY.format(views=views, limit=worklist.MAX_CASES, size=size, hours=HOURS))
    st.button(session_text.REMOVE_ALL, key="clear", on_click=worklist.clear, width="stretch", help=session_text.REMOVE_HELP)


def _independent_read() -> None:
    settings = worklist.settings()
    at, names = MODES.index(settings.independent_read), text.INDEPENDENT_READ_MODES
    key = f"independent_read_{settings.independent_read}"  # a new widget where the tour changes the setting
    chosen = st.selectbox(text.INDEPENDENT_READ, MODES, at, format_func=lambda m: names[m], key=key, help=text.INDEPENDENT_READ_HELP)
    if chosen != settings.independent_read:
        audit.record("settings", detail=f"independent read: {chosen}")
        settings.independent_read = chosen
        st.rerun()


def _reads() -> list[dict[str, str | int | bool | None]]:
    """A row an assessment, oldest first within each exam."""
    return [
        {
            "exam": worklist.workspace().name_of(key),
            "state": session_text.STATES[read_state(assessments)],
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
