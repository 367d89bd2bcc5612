"""Training: the curves of any run, live from its history.csv, several over each other, and where their recipes differ."""

import pandas as pd
import streamlit as st

from dashboard import phrases
from dashboard.cache import datasets
from dashboard.figures import training as training_charts
from dashboard.figures.style import static_chart

CURVES = ("loss", "auroc", "accuracy", "recall")
EVERY = 3  # seconds between two looks at the files

st.subheader("Training", anchor=False)
if not datasets.runs():
    st.info(phrases.EMPTY_TRAINING, icon=":material/model_training:")
    st.stop()


@st.fragment(run_every=EVERY)
def _live() -> None:
    found = datasets.runs()
    names = list(found)
    chosen = st.multiselect("Runs", names, default=names[:1], key="training_runs", help="The newest first; those of checkpoints/ as well.")
    histories = {name: h for name in chosen if (h := datasets.run_history(found[name])) is not None}
    if not histories:
        st.caption("Choose a run. A run shows once its first epoch has ended.")
        return
    for name, history in histories.items():
        last = history.iloc[-1]
        best = history[history["split"] == "validation"]["auroc"].max()
        done = "complete" if (found[name] / "card.json").exists() else "under way, or cut off"
        st.text(f"{name}: {done}; epoch {int(last['epoch'])}, best validation AUROC {best:.3f}, {history['seconds'].sum() / 60:.0f} min")
    st.caption("Dotted: training. Drawn through: validation.")
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
        st.caption("Choose two or more runs to see where their recipes differ.")
        return
    keys = sorted({k for t in tables.values() for k in t})
    rows = [{"key": k, **{n: str(t.get(k, "–")) for n, t in tables.items()}} for k in keys]
    rows = [r for r in rows if len(set(list(r.values())[1:])) > 1]
    st.dataframe(pd.DataFrame(rows or [{"key": "no difference"}]), hide_index=True, height="content")


_live()
with st.expander("Where the recipes differ"):
    _recipes()
