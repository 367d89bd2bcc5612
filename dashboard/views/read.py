"""Read: one view, its score against the threshold, and the heatmap when asked for."""

import streamlit as st

from dashboard import phrases
from dashboard.session import worklist

case = worklist.selected()
if case is None:
    st.subheader("Read")
    st.info(phrases.EMPTY_READ, icon=":material/upload_file:")
else:
    from dashboard.read.page import show  # late: it brings plotly and pandas, and an empty page is up without them

    show(case)
