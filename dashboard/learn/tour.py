"""A guided tour of five minutes with synthetic exams: it opens the page of each step, and can be restarted at any time."""

from collections.abc import Mapping

import streamlit as st
from streamlit.navigation.page import Page

from dashboard.phrases import session as text
from dashboard.phrases.session import TOUR
from dashboard.session import worklist
from dashboard.session.uploads import open_sample

Pages = Mapping[str, Page]  # by name


def render(pages: Pages) -> None:
    """Draw the tour in the sidebar: a start button while no view is open, else the current step."""
    at = worklist.settings().tour
    if at is not None:
        with st.container(border=True, key="tour"):
            _step(at, pages)
        return
    offered = not worklist.cases()
    if offered and st.button(text.TOUR_START, icon=":material/tour:", key="tour_start", width="stretch", help=text.TOUR_ABOUT):
        _start(pages)


def _step(at: int, pages: Pages) -> None:
    step = TOUR[at]
    st.markdown(f"**{at + 1} of {len(TOUR)}: {step.title}**")
    st.text(step.text)
    left, right = st.columns(2)
    if left.button(text.TOUR_BACK, key="tour_back", disabled=at == 0, width="stretch"):
        _go(at - 1, pages)
    if right.button(text.TOUR_NEXT, key="tour_next", disabled=at == len(TOUR) - 1, type="primary", width="stretch"):
        _go(at + 1, pages)
    if left.button(text.TOUR_AGAIN, key="tour_again", width="stretch"):
        _start(pages)
    if right.button(text.TOUR_END, key="tour_end", width="stretch"):
        worklist.settings().go_on_tour(None)
        st.rerun()


def _start(pages: Pages) -> None:
    with st.spinner(text.DRAWING):
        open_sample()
    _go(0, pages)


def _go(at: int, pages: Pages) -> None:
    worklist.settings().go_on_tour(at)
    st.switch_page(pages[TOUR[at].page])
