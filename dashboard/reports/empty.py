"""What a page shows where there is no model or no test result: the reason and the command."""

import streamlit as st

from dashboard import phrases
from dashboard.phrases import models as training_text
from dashboard.phrases import reports as text


def no_model() -> None:
    """There is no checkpoint."""
    st.info(phrases.EMPTY_REPORTS, icon=":material/badge:")
    st.code(training_text.TRAIN, language="bash")


def not_measured(name: str, reason: str = text.MISSING) -> None:
    """A part of the results is missing; the command that measures it."""
    st.caption(reason)
    st.code(text.EVALUATE.format(name=name), language="bash")
