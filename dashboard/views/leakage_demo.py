"""Data leakage demo: the same data, network and seed under two splits, side by side."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.figures import evaluation
from dashboard.figures.style import static_chart
from dashboard.phrases import learn as text
from dashboard.phrases import seeds

METRICS = ("accuracy", "balanced_accuracy", "macro_f1", "auroc")


def _side(name: str, block: dict[str, Any], classes: list[str]) -> None:
    st.markdown(f"##### {text.SIDES[name]}")
    st.caption(text.SIDES_ABOUT[name])
    st.text(text.SHARED.format(n=block["shared_patients"]))
    with st.container(horizontal=True):
        for metric in METRICS[:2]:
            e = block[metric]
            value, spread = f"{e['value']:.2f}", phrases.interval(e)
            st.metric(phrases.METRICS[metric], value, spread, delta_color="off", delta_arrow="off", border=True)
    figure = evaluation.confusion(classes, block["confusion"], by_row=True)
    static_chart(figure, f"leakage_{name}", f"Confusion matrix, {text.SIDES[name]}")
    rows = [{"metric": phrases.METRICS[m], "value": phrases.estimate(block[m])} for m in METRICS]
    rows.append({"metric": text.MAJORITY, "value": f"{block['majority_share']:.2f}"})
    rows.append({"metric": text.TEST_SIZE, "value": f"{block['n']} ({block['n_patients']})"})
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")


def _seeds() -> None:
    st.markdown(f"##### {seeds.SEEDS}")
    st.dataframe(pd.DataFrame(seeds.SEED_ROWS, columns=list(seeds.SEED_COLUMNS)), hide_index=True, height="content")
    st.caption(seeds.SEEDS_ABOUT)


st.subheader(text.LEAKAGE, anchor=False)
reports = checkpoints.protocols()
if not reports:
    st.info(text.EMPTY_LEAKAGE, icon=":material/balance:")
    _seeds()
    st.stop()
names = list(reports)
chosen = st.segmented_control(text.COMPARISON, names, default=names[0], required=True, key="protocol") if len(names) > 1 else names[0]
report = reports[chosen]
recipe, sources = report["recipe"], ", ".join(report["sources"])
epochs = recipe["epochs"]
st.caption(text.LEAKAGE_ABOUT.format(architecture=recipe["architecture"], sources=sources, copies=report["copies"], epochs=epochs))
for column, name in zip(st.columns(2, gap="large"), text.SIDES, strict=True):
    with column:
        _side(name, report[name], report["classes"])
st.caption(text.LEAKAGE_CAVEAT)
_seeds()
