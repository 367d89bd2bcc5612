"""Training: the curves of any run, live from its history.csv, several in one chart, and differences of their recipes."""

import pandas as pd
import streamlit as st

from dashboard.cache import datasets
from dashboard.figures import training as training_charts
from dashboard.figures.style import static_chart
from dashboard.phrases import models as text

CURVES = ("loss", "auroc", "accuracy", "recall")
REFRESH = 3  # seconds

st.subheader(text.TRAINING, anchor=False)
if not datasets.runs():
    st.info(text.EMPTY_TRAINING, icon=":material/model_training:")
    st.stop()


@st.fragment(run_every=REFRESH)
def _live() -> None:
    found = datasets.runs()
    names = list(found)
    chosen = st.multiselect(text.RUNS, names, default=names[:1], key="training_runs", help=text.RUNS_HELP)
    histories = {name: h for name in chosen if (h := datasets.run_history(found[name])) is not None}
    if not histories:
        st.caption(text.NO_EPOCH)
        return
    for name, history in histories.items():
        last = history.iloc[-1]
        best = history[history["split"] == "validation"]["auroc"].max()
        state = text.COMPLETE if (found[name] / "card.json").exists() else text.RUNNING
        minutes = history["seconds"].sum() / 60
        st.text(text.RUN.format(name=name, state=state, epoch=int(last["epoch"]), best=best, minutes=minutes))
    st.caption(text.LINES)
    columns = st.columns(2)
    for n, column in enumerate(CURVES):
        with columns[n % 2]:
            figure = training_charts.curves(histories, column)
            static_chart(figure, key=f"training_{column}", alt=f"{column} by epoch of {', '.join(histories)}")


def _recipes() -> None:
    """Keys on which the chosen runs' recipes differ."""
    found, chosen = datasets.runs(), st.session_state.get("training_runs", [])
    tables = {name: datasets.run_recipe(found[name]) for name in chosen if name in found}
    if len(tables) < 2:
        st.caption(text.TWO_RUNS)
        return
    keys = sorted({k for t in tables.values() for k in t})
    rows = [{"key": k, **{n: str(t.get(k, "–")) for n, t in tables.items()}} for k in keys]
    rows = [r for r in rows if len(set(list(r.values())[1:])) > 1]
    st.dataframe(pd.DataFrame(rows or [{"key": text.NO_DIFFERENCE}]), hide_index=True, height="content")


_live()
with st.expander(text.RECIPES):
    _recipes()
