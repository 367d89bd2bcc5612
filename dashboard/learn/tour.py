"""A guided tour with synthetic exams: it opens the page of each step, and can be restarted at any time."""

from collections.abc import Mapping

import streamlit as st
from streamlit.navigation.page import Page

from dashboard.phrases import session as text
from dashboard.phrases.session import TOUR
from dashboard.session import worklist
from dashboard.session.samples import open_sample

Pages = Mapping[str, Page]  # by name


def render(pages: Pages) -> None:
    """Draw the open step of the tour; nothing where none is open. Starts the tour where it was requested."""
    settings = worklist.settings()
    if settings.tour is not None:
        with st.container(border=True, key="tour"):
            _step(settings.tour, pages)


def start_button() -> None:
    """The button that starts the tour; its page opens with the next run."""
    if st.button(text.TOUR_START, icon=":material/tour:", key="tour_start", help=text.TOUR_ABOUT):
        _start()


def _step(at: int, pages: Pages) -> None:
    step = TOUR[at]
    st.markdown(f"**{at + 1} of {len(TOUR)}: {step.title}**")
    st.text(step.text)
    with st.container(horizontal=True):
        if st.button(text.TOUR_NEXT, key="tour_next", disabled=at == len(TOUR) - 1, type="primary"):
            _go(at + 1, pages)
        if st.button(text.TOUR_BACK, key="tour_back", disabled=at == 0):
            _go(at - 1, pages)
        if st.button(text.TOUR_AGAIN, key="tour_again"):
            _start()
        if st.button(text.TOUR_END, key="tour_end"):
            worklist.settings().go_on_tour(None)
            st.rerun()


def _start() -> None:
    with st.spinner(text.DRAWING):
        open_sample()
    worklist.settings().go_on_tour(0)
    st.switch_page("views/read.py")


def _go(at: int, pages: Pages) -> None:
    worklist.settings().go_on_tour(at)
    st.switch_page(pages[TOUR[at].page])
