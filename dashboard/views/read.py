"""Read: the open exam with the reader's form, the AI result and the heatmap; the first screen where none is open."""

import streamlit as st

from dashboard.phrases import read as text
from dashboard.session import worklist

case = worklist.selected()
if case is not None:
    from dashboard.read.page import render_exam  # late: it brings plotly and pandas, and an empty page is up without them

    render_exam(case)
elif worklist.cases():
    from dashboard.read import empty

    st.subheader(text.TITLE, anchor=False)
    empty.render()
else:
    from dashboard.read import first_screen

    first_screen.render()
