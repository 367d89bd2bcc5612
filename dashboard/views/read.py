"""Read: one view, the reader's assessment, the AI result against its threshold, and the heatmap on demand."""

import streamlit as st

from dashboard.phrases import read as text
from dashboard.read import empty
from dashboard.session import worklist

case = worklist.selected()
if case is None:
    st.subheader(text.TITLE, anchor=False)
    empty.render()
else:
    from dashboard.read.page import render_exam  # late: it brings plotly and pandas, and an empty page is up without them

    render_exam(case)
