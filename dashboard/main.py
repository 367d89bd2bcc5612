"""The frame: pages and the sidebar with the cases."""

from pathlib import Path

import streamlit as st

from dashboard import phrases, resources, worklist
from dashboard.cases import show_cases

st.set_page_config(page_title="Second Reader", page_icon=Path(__file__).with_name("icon.png"), layout="wide")
st.html(resources.STYLE)
worklist.start()

views = "views"
read = st.Page(f"{views}/read.py", title="Read", icon=":material/visibility:", default=True)
compare = st.Page(f"{views}/compare.py", title="Compare", icon=":material/view_column:")
page = st.navigation(
    [
        read,
        compare,
        st.Page(f"{views}/session.py", title="Session", icon=":material/history:"),
        st.Page(f"{views}/notes.py", title="Notes", icon=":material/description:"),
        st.Page(f"{views}/reports.py", title="Reports", icon=":material/monitoring:"),
        st.Page(f"{views}/data.py", title="Data", icon=":material/folder_data:"),
        st.Page(f"{views}/training.py", title="Training", icon=":material/model_training:"),
        st.Page(f"{views}/protocols.py", title="Leaky or honest", icon=":material/balance:"),
        st.Page(f"{views}/models.py", title="Models", icon=":material/badge:"),
        st.Page(f"{views}/about.py", title="About", icon=":material/info:"),
    ]
)
with st.sidebar:
    if page in (read, compare):
        show_cases()
    st.caption(phrases.FOOTER)
page.run()
resources.warm_up()
