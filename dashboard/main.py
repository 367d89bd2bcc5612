"""The frame: pages and the sidebar with the cases."""

from pathlib import Path

import streamlit as st

from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.learn import tour
from dashboard.session import worklist
from dashboard.session.sidebar import show_cases

st.set_page_config(page_title="Second Reader", page_icon=Path(__file__).with_name("icon.png"), layout="wide")
st.html(checkpoints.STYLE)
worklist.start()

views = "views"
PAGES = {  # name of the script: title and icon
    "read": ("Read", "visibility"),
    "compare": ("Compare", "view_column"),
    "session": ("Session", "history"),
    "notes": ("Notes", "description"),
    "reports": ("Reports", "monitoring"),
    "data": ("Data", "folder_data"),
    "training": ("Training", "model_training"),
    "leakage_demo": ("Data leakage demo", "balance"),
    "models": ("Models", "badge"),
    "about": ("About", "info"),
}
pages = {
    name: st.Page(f"{views}/{name}.py", title=title, icon=f":material/{icon}:", default=name == "read")
    for name, (title, icon) in PAGES.items()
}
page = st.navigation(list(pages.values()), position="top")
with st.sidebar:
    tour.panel(pages)
    if page in (pages["read"], pages["compare"]):
        show_cases()
    st.caption(phrases.FOOTER)
page.run()
checkpoints.warm_up()
