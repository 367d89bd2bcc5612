"""What a page shows while no exam is selected: how to open one."""

import streamlit as st

from core.store import anything_saved
from dashboard import phrases
from dashboard.phrases import session as text
from dashboard.read import sidebar
from dashboard.session import samples, uploads, worklist


def render() -> None:
    """Draw the drop zone, the samples and the saved exams; where exams are open, the list beside it holds these."""
    if worklist.cases():
        st.info(text.CHOOSE_EXAM, icon=":material/list:")
        return
    sidebar.messages()
    st.info(phrases.EMPTY_READ, icon=":material/upload_file:")
    uploads.picker()
    samples.buttons()
    if anything_saved():
        from dashboard.read.saving import shelf  # late: it brings the database

        shelf()
