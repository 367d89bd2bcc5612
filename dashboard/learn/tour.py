"""A guided tour of five minutes with phantoms, for demonstrations: it opens what it speaks of, and can be started again at any time."""

from dataclasses import dataclass

import streamlit as st

from dashboard.session import worklist
from dashboard.session.sidebar import open_sample


@dataclass(frozen=True)
class Step:
    """One stop: the page it is shown on, a heading, and what to look at or do."""

    page: str
    title: str
    text: str


ABOUT = "Five minutes, with phantoms."
STEPS = (
    Step(
        "read",
        "A sample exam",
        "Four phantom views, drawn a moment ago; no patient. Drag over the mammogram: brightness. Wheel: zoom. "
        "E hangs the whole exam, chest walls in. Arrow keys go from view to view.",
    ),
    Step(
        "read",
        "Look first",
        "The score waits until you have said what you see. Choose a BI-RADS category on the right and record it, or skip.",
    ),
    Step(
        "read",
        "The score and its grounds",
        "The bar shows the calibrated score and the threshold. Under it: what that threshold did in tests, with how many images. "
        "H lays the heatmap over the mammogram, G shows what was planted. “Test this reading” shakes the image a little.",
    ),
    Step(
        "compare",
        "Five filters",
        "The same view through Gaussian, mean, Laplacian and CLAHE, with score and heatmap of each on one colour scale. "
        "A score that jumps says more about the network than about the breast.",
    ),
    Step(
        "reports",
        "What the numbers rest on",
        "Every figure has its interval and its n. Click a cell of the confusion matrix to see its images. "
        "Drag the threshold and watch a thousand patients.",
    ),
    Step(
        "leakage_demo",
        "Leaky or honest",
        "The same network, the same mammograms: near-perfect when copies of one mammogram stand on both sides of the split, "
        "hardly better than guessing when they do not.",
    ),
    Step(
        "session",
        "Your own reading",
        "How you and the model agreed. The reading test here goes on with forty such exams. End the tour, or start it again.",
    ),
)


def panel(pages: dict) -> None:
    """The tour's place in the sidebar; `pages` is name → st.Page. A start button while no case is open."""
    at = worklist.choices().tour
    if at is None:
        if not worklist.cases() and st.button("Take the tour", icon=":material/tour:", key="tour_start", width="stretch", help=ABOUT):
            _start(pages)
        return
    step = STEPS[at]
    with st.container(border=True, key="tour"):
        st.markdown(f"**{at + 1} of {len(STEPS)}: {step.title}**")
        st.text(step.text)
        back, on = st.columns(2)
        if back.button("Back", key="tour_back", disabled=at == 0, width="stretch"):
            _go(at - 1, pages)
        if on.button("Next", key="tour_next", disabled=at == len(STEPS) - 1, type="primary", width="stretch"):
            _go(at + 1, pages)
        again, end = st.columns(2)
        if again.button("Again", key="tour_again", width="stretch", help="Start the tour again"):
            _start(pages)
        if end.button("End", key="tour_end", width="stretch", help="End the tour"):
            worklist.choices().go_on_tour(None)
            st.rerun()


def _start(pages: dict) -> None:
    worklist.choices().go_on_tour(0)
    with st.spinner("Drawing four views"):
        open_sample()
    st.switch_page(pages[STEPS[0].page])


def _go(at: int, pages: dict) -> None:
    worklist.choices().go_on_tour(at)
    st.switch_page(pages[STEPS[at].page])
