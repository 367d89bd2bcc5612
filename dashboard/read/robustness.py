"""Robustness: does the score of the open view survive small perturbations, and does it depend on the hot spot?"""

import streamlit as st

from core.errors import SecondReaderError
from dashboard.cache import predictions
from dashboard.cache.keys import Chosen
from dashboard.phrases import read as text
from dashboard.session import ai_result
from dashboard.session.dialogs import dialog
from dashboard.session.worklist import Case

POLL = 0.5  # seconds


@dialog(text.ROBUSTNESS, position="right")
def show(case: Case, chosen: Chosen) -> None:
    """A drawer; what it shows is computed in the background from when it is opened."""
    st.caption(text.ROBUSTNESS_ABOUT)
    done = predictions.compute_stability(case.scan, chosen)
    st.fragment(_found, run_every=None if done else POLL)(case, chosen)


def _found(case: Case, chosen: Chosen) -> None:
    if not predictions.compute_stability(case.scan, chosen):
        st.caption(text.ROBUSTNESS_PENDING)
        st.skeleton(120)
        return
    try:
        sentences = ai_result.stability(case, chosen)
    except SecondReaderError as e:
        sentences = (e.what, e.remedy)
    for sentence in sentences:
        st.text(sentence)
