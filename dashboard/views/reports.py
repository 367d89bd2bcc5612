"""Compare models: two models that were tested on the same images for the same target. The address names both."""

import streamlit as st

from dashboard.cache import checkpoints
from dashboard.phrases import reports as text
from dashboard.reports.comparison import compare
from dashboard.reports.empty import no_model

titles = checkpoints.titles()
if not titles:
    no_model()
    st.stop()
partners = {name: found for name in titles if (found := checkpoints.comparable(name))}
if not partners:
    st.info(text.NOTHING_COMPARABLE, icon=":material/compare_arrows:")
    st.code(text.TRAIN_ANOTHER, language="bash")
    st.stop()


def _choose(label: str, names: list[str], parameter: str) -> str:
    requested = st.query_params.get(parameter)
    start = names.index(requested) if requested in names else 0
    return st.selectbox(label, names, start, format_func=lambda n: titles.get(n, n), key=parameter, width=460)


with st.container(horizontal=True, vertical_alignment="bottom"):
    first = _choose(text.MODEL, list(partners), "model")
    second = _choose(text.COMPARE_WITH, partners[first], "with")
st.query_params.from_dict({"model": first, "with": second})
compare(first, second)
