"""Side, view and exam of the open image: set, changed and undone by the user."""

import streamlit as st

from core.scans.scan import Laterality
from core.scans.views import View
from dashboard.phrases import session as text
from dashboard.session import grouping, worklist
from dashboard.session.worklist import Case

VIEWS: tuple[View, ...] = ("CC", "MLO", "ML", "LM", "XCCL", "XCCM")


def render(case: Case) -> None:
    """Draw the fields. Where a plain view of the same side and view is in the exam already, a second button replaces it."""
    _side_and_view(case)
    _exam(case)


def _side_and_view(case: Case) -> None:
    sides: tuple[Laterality, ...] = ("R", "L")
    side = st.segmented_control(text.SIDE, sides, default=case.scan.laterality, key=f"side_{case.key[:12]}")
    known = case.scan.view if case.scan.view in VIEWS else None
    view = st.segmented_control(text.VIEW, VIEWS, default=known, key=f"view_{case.key[:12]}")
    if not (side and view):
        st.caption(text.SET_VIEW_ABOUT)
        return
    if (side, view) == (case.scan.laterality, case.scan.view):
        return
    taken = grouping.conflict(case, case.exam, (side, view))
    if taken:
        st.warning(text.TAKEN.format(place=f"{side} {view}"))
        st.button(text.OWN_EXAM, key="own_exam", on_click=_own_exam, args=(case.key, side, view), width="stretch")
    label = text.REPLACE.format(place=f"{side} {view}") if taken else text.SET
    st.button(label, key="name_view", on_click=grouping.set_view, args=(case.key, side, view), width="stretch")


def _own_exam(key: str, side: Laterality, view: View) -> None:
    grouping.leave(key)
    grouping.set_view(key, side, view)


def _exam(case: Case) -> None:
    others = {e.key: e for e in worklist.exams() if e.key != case.exam}
    if len(worklist.whole_exam(case)) > 1:
        st.button(text.TAKE_OUT, key="take_out", on_click=grouping.leave, args=(case.key,), width="stretch", help=text.TAKE_OUT_HELP)
    if not others:
        return
    to = st.selectbox(
        text.JOIN,
        list(others),
        None,
        format_func=lambda k: f"{others[k].name}: {', '.join(c.scan.label for c in others[k].views)}",
        key=f"join_{case.key[:12]}",
        placeholder=text.JOIN_CHOOSE,
    )
    if to is None:
        return
    taken = grouping.conflict(case, to)
    if taken:
        st.warning(text.TAKEN.format(place=taken.scan.label))
    label = text.REPLACE.format(place=taken.scan.label) if taken else text.JOIN_DO
    st.button(label, key="join", on_click=grouping.join, args=(case.key, to), width="stretch")
