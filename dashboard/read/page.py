"""The Read page with an open view: the mammogram at the left, the reader's form or the AI result at the right."""

from collections.abc import Sequence

import streamlit as st

from core.exams.exam import exam_key
from core.scans.scan import NOT_LABELLED
from dashboard import phrases
from dashboard.phrases import read as text
from dashboard.read import (
    exam_viewer,
    image_details,
    independent_read,
    model_input,
    report_text,
    result,
    saving,
    score_context,
    structured_report,
)
from dashboard.session import worklist
from dashboard.session.worklist import Case
from dashboard.viewer import plain


def render_exam(case: Case) -> None:
    """Draw the open view of an exam."""
    worklist.mark_viewed(case)
    views = _assessable(case)
    left, right = st.columns([7, 3], gap="medium")
    pending = _image_first(case, views)
    if pending:
        with left:
            _viewer(case, views, None)
    with right:
        independent_read.render(case.exam)
        found = _result(case)
        _drawers(case, found)
    with left:
        if worklist.plain():
            plain.show(case, found.heatmap if found else None)
        elif not pending:
            _viewer(case, views, found)
    with right:
        _files(case, views, found)
    if pending:
        worklist.settings().predicted_views |= {c.key for c in (case, *views)}
        st.rerun()  # all predictions are computed now: the viewer, which stays as it is, gets them


def _result(case: Case) -> result.Result | None:
    """The reader's form while the AI result is hidden, else the result; None where there is none to show."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(case.scan.label, anchor=False, width="content")
        if case.scan.synthetic:
            st.badge(phrases.SYNTHETIC, color="grey")
    if case.scan.label == NOT_LABELLED:
        st.text(case.title)
    if worklist.hidden(case):
        st.caption(text.HIDDEN, help=text.HIDDEN_HELP)
        return None
    if case.quality.ok:
        return result.render(case)
    st.error(phrases.CANNOT_ASSESS, icon=":material/block:")
    for sentence in case.quality.reasons:
        st.text(sentence)
    st.caption(text.NO_SCORE)
    return None


def _drawers(case: Case, found: result.Result | None) -> None:
    """What there is to the open view besides its score."""
    report_text.render(case, found)
    if found is not None:
        score_context.render(case, found)
        result.robustness(case, found)
    image_details.render(case, found.prediction if found else None)
    model_input.render(case, found.chosen.card if found else None)


def _files(case: Case, views: Sequence[Case], found: result.Result | None) -> None:
    """The exam's scores, and what can be saved."""
    if found is not None:
        result.save_image(case, found)
        result.exam_table(case, views, found.chosen)
    chosen = found.chosen if found else None
    structured_report.render(case, views or [case], chosen)
    saving.render(case, chosen)


def _viewer(case: Case, views: Sequence[Case], found: result.Result | None) -> None:
    with st.container(key="image_box"):
        exam_viewer.render(case, views, found.chosen if found else None)


def _image_first(case: Case, views: Sequence[Case]) -> bool:
    """Whether the mammogram goes up before the model runs: that takes seconds, and a reader looks at the mammogram first."""
    waits = not worklist.hidden(case) and case.quality.ok and not worklist.plain()
    return waits and not {c.key for c in (case, *views)} <= worklist.settings().predicted_views


def _assessable(case: Case) -> list[Case]:
    """All open views of the same exam that can be assessed, this one included."""
    return [c for c in worklist.cases() if exam_key(c.scan) and c.exam == case.exam and c.quality.ok]
