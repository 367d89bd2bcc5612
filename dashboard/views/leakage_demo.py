"""Leaky or honest: the same data, network and seed under two splits, side by side."""

import pandas as pd
import streamlit as st

from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.figures import evaluation
from dashboard.figures.style import static_chart

MEASURES = ("accuracy", "balanced_accuracy", "macro_f1", "auroc")
TITLES = {"leaky": "Altered, then split at random", "honest": "Split by patient"}

st.subheader("Leaky or honest", anchor=False)
reports = checkpoints.protocols()
if not reports:
    st.info(phrases.EMPTY_PROTOCOLS, icon=":material/balance:")
    st.stop()
names = list(reports)
chosen = st.segmented_control("Compared", names, default=names[0], required=True, key="protocol") if len(names) > 1 else names[0]
report = reports[chosen]
recipe = report["recipe"]
st.caption(
    f"{recipe['architecture']} on {', '.join(report['sources'])}, {report['copies']} altered copies of each image, "
    f"{recipe['epochs']} epochs, seed and network the same on both sides. Only the split differs."
)
for side, name in zip(st.columns(2, gap="large"), TITLES, strict=True):
    block = report[name]
    with side:
        st.markdown(f"##### {TITLES[name]}")
        st.caption(block["about"])
        st.text(f"Patients on both sides of the split: {block['shared_patients']}")
        with st.container(horizontal=True):
            for measure in MEASURES[:2]:
                e = block[measure]
                st.metric(
                    phrases.METRICS[measure], f"{e['value']:.2f}", phrases.interval(e), delta_color="off", delta_arrow="off", border=True
                )
        figure = evaluation.confusion(report["classes"], block["confusion"], by_row=True)
        static_chart(figure, key=f"protocol_{name}", alt=f"Confusion matrix, {TITLES[name]}")
        rows = [{"measure": phrases.METRICS.get(m, m), "value": phrases.estimate(block[m])} for m in MEASURES]
        rows += [{"measure": "Majority class (accuracy)", "value": f"{block['majority_share']:.2f}"}]
        rows += [{"measure": "Test images (patients)", "value": f"{block['n']} ({block['n_patients']})"}]
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
st.caption(
    "The interval of the left side is as wrong as its value: copies of one image are no new evidence. "
    "Ask of any published figure which of the two splits it came from."
)
