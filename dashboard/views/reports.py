"""Reports: everything from report.json and history.csv; one checkpoint, or several together. The address names them."""

from collections import Counter

import streamlit as st

from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.phrases import reports as text
from dashboard.reports import page
from dashboard.reports.comparison import overview, paired

cards = checkpoints.cards()
shared = {t for t, n in Counter(c.title for c in cards).items() if n > 1}
titles = {c.name: f"{c.title} ({c.name})" if c.title in shared else c.title for c in cards}
if not titles:
    st.subheader("Reports", anchor=False)
    st.info(phrases.EMPTY_REPORTS, icon=":material/monitoring:")
    st.stop()
names = list(titles)
# Written here: a widget that Streamlit binds to the address forbids the change of page with which an image opens in Read.
requested = st.query_params.get("report")
with st.container(horizontal=True, vertical_alignment="bottom"):
    start = names.index(requested) if requested in names else 0
    first = st.selectbox(text.MODEL, names, start, format_func=lambda n: titles.get(n, n), key="report", width=420)
    others = [n for n in names if n != first]
    chosen = [n for n in st.query_params.get_all("compare") if n in others]
    compared = st.multiselect(text.COMPARE_WITH, others, chosen, format_func=lambda n: titles.get(n, n), key="compare_with", width=560)
compared = [n for n in compared if n != first]
st.query_params.from_dict({"report": first, "compare": compared})
if not compared:
    page.show(first, "a")
else:
    overview({n: r for n in (first, *compared) if (r := checkpoints.report(n)) is not None})
    for name in compared:
        paired(first, name)
    if len(compared) == 1:
        left, right = st.columns(2, gap="large")
        with left:
            page.show(first, "a", compared[0])
        with right:
            page.show(compared[0], "b", first)
    else:
        st.caption(text.TWO_OR_ONE)
