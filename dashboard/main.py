"""The frame: the pages and the sidebar."""

from pathlib import Path

import streamlit as st

from dashboard import phrases, warm_up
from dashboard.learn import tour
from dashboard.read import sidebar
from dashboard.session import worklist

HERE = Path(__file__).parent
PAGES = {  # the script in views/: title and icon
    "read": ("Read", "visibility"),
    "filters": ("Filters", "view_column"),
    "session": ("Session", "history"),
    "notes": ("Notes", "description"),
    "reports": ("Reports", "monitoring"),
    "data": ("Data", "folder_data"),
    "training": ("Training", "model_training"),
    "leakage_demo": ("Data leakage demo", "balance"),
    "models": ("Models", "badge"),
    "about": ("About", "info"),
}

st.set_page_config(page_title="Second Reader", page_icon=HERE / "icon.png", layout="wide")
st.html(HERE / "style.css")
worklist.start()
pages = {
    name: st.Page(f"views/{name}.py", title=title, icon=f":material/{icon}:", default=name == "read")
    for name, (title, icon) in PAGES.items()
}
page = st.navigation(list(pages.values()), position="top")
with st.sidebar:
    tour.render(pages)
    if page in (pages["read"], pages["filters"]):
        sidebar.render()
    st.caption(phrases.FOOTER)
page.run()
warm_up.start()
