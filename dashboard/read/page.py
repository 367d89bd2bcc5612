"""The Read page with an open exam: a header line, the viewer, and a column with the reader's read and the AI result."""

import streamlit as st

from core.exams.prior import interval, prior_of
from core.scans.scan import NOT_LABELLED
from dashboard import phrases
from dashboard.phrases import read as text
from dashboard.read import exam_viewer, image_details, independent_read, menu, result, saving
from dashboard.session import ai_result, worklist
from dashboard.session.ai_result import ExamResult
from dashboard.session.worklist import Case, OpenExam
from dashboard.viewer import plain

COLUMN = 290  # CSS pixels of the column beside the viewer


def render_exam(case: Case) -> None:
    """Draw the open exam at its open view. All views are analysed in the background meanwhile."""
    exam = worklist.current_exam()
    if exam is None:
        return
    worklist.mark_viewed(case)
    ai_result.begin(exam.views)
    _header(case, exam)
    with st.container(horizontal=True, gap="small", key="reading_room"):
        left = st.container(key="image_column")
        right = st.container(key="result_column", width=COLUMN, gap="small")
    with right:  # first: it is small, and no form of another exam is to stay while the viewer is prepared
        independent_read.render(exam.key)
        found = result.render(case, exam)
        saving.follow(case)
    with left:
        _viewer(case, exam, found)


def _header(case: Case, exam: OpenExam) -> None:
    """Which exam, the way to its neighbours, and the menu."""
    with st.container(key="exam_header", horizontal=True, vertical_alignment="center", gap="small"):
        prior = prior_of(case.scan, [c.scan for c in worklist.cases()])
        st.markdown(
            text.header(exam.place, phrases.escaped(exam.name), len(exam.views), interval(prior[1]) if prior else ""), width="content"
        )
        if case.scan.synthetic:
            st.badge(phrases.SYNTHETIC, color="grey")
        if case.scan.label == NOT_LABELLED:
            st.text(case.title)
            if st.button(text.SET_VIEW, key="set_view", icon=":material/edit:", type="tertiary"):
                image_details.set_view(case)
        _other_views(case, exam)
        st.space("stretch")
        keys = ("P", "N") if worklist.plain() else (None, None)  # the viewer has them itself
        for by, label, key, shortcut in ((-1, text.PREVIOUS_EXAM, "previous_exam", keys[0]), (1, text.NEXT_EXAM, "next_exam", keys[1])):
            alone = exam.count == 1
            st.button(label, key=key, on_click=_step, args=(by,), disabled=alone, shortcut=shortcut, type="tertiary")
        menu.render(case, exam)


def _other_views(case: Case, exam: OpenExam) -> None:
    """The exam's views that do not hang with the open one, each a click away."""
    hung = exam_viewer.hung_with(case, exam.views)
    others = [c for c in exam.views if c not in hung]
    if not others:
        return
    with st.popover(text.other_views(len(others)), type="tertiary", key="other_views"):
        for c in others:
            label, key = phrases.escaped(c.scan.label), f"other_{c.key[:16]}"
            st.button(label, key=key, on_click=worklist.open_case, args=(c.key,), type="tertiary", width="stretch")


def _step(by: int) -> None:
    worklist.step_exam(by)


def _viewer(case: Case, exam: OpenExam, found: ExamResult | None) -> None:
    if worklist.plain():
        plain.show(case, result.heatmap(case, found))
        return
    with st.container(key="image_box"):
        exam_viewer.render(case, exam.views, found)
