"""Models: one page a checkpoint, by one operating point. The address names the model."""

import streamlit as st

from dashboard.cache import checkpoints
from dashboard.phrases import reports as text
from dashboard.reports import page
from dashboard.reports.empty import no_model

cards = {c.name: c for c in checkpoints.cards()}
if not cards:
    no_model()
    st.stop()
names = list(cards)
# Written here: a widget that Streamlit binds to the address forbids the change of page with which an image opens in Read.
requested = st.query_params.get("model")
with st.container(horizontal=True, vertical_alignment="bottom"):
    start = names.index(requested) if requested in names else 0
    titles = checkpoints.titles()
    chosen = st.selectbox(text.MODEL, names, start, format_func=lambda n: titles.get(n, n), key="model", width=460)
    if others := checkpoints.comparable(chosen):
        st.page_link(
            "views/reports.py", label=text.COMPARE, icon=":material/compare_arrows:", query_params={"model": chosen, "with": others[0]}
        )
st.query_params.from_dict({"model": chosen})
page.show(cards[chosen])
