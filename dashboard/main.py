"""The frame of every page: navigation, logo, footer, and the sidebar of the pages that have one."""

from itertools import groupby
from pathlib import Path

import streamlit as st

from dashboard import header, warm_up
from dashboard.learn import tour
from dashboard.phrases import navigation as text
from dashboard.read import arrivals, sidebar
from dashboard.session import uploads, worklist

HERE = Path(__file__).parent
WITH_SIDEBAR = ("read", "filters")

st.set_page_config(page_title=text.PRODUCT, page_icon=HERE / "icon.png", layout="wide")
st.html(HERE / "style.css")
st.logo(HERE / "logo.svg", size="large")
worklist.start()
pages = {
    name: st.Page(f"views/{name}.py", title=p.title, icon=f":material/{p.icon}:", url_path=p.address, help=p.help, default=name == "read")
    for name, p in text.PAGES.items()
}
sections = groupby(pages, lambda name: text.PAGES[name].section)
current = st.navigation({title: [pages[name] for name in names] for title, names in sections}, position="top")
with_sidebar = False
if current in [pages[name] for name in WITH_SIDEBAR]:
    uploads.open_pending()
    arrivals.follow_link()
    worklist.follow_address()
    if with_sidebar := bool(worklist.cases()):
        with st.sidebar:
            sidebar.render()
header.render(pages, emptied=worklist.session().sidebar and not with_sidebar)
worklist.session().sidebar = with_sidebar
tour.render()
current.run()
warm_up.start()
