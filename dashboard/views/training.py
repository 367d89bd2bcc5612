"""Runs: every training at once, live from its history.csv, with curves of the selected ones and differences of their recipes."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard.cache import checkpoints, datasets
from dashboard.figures import training as figures
from dashboard.figures.style import static_chart
from dashboard.phrases import models as text

CURVES = ("loss", "auroc", "accuracy", "recall")
REFRESH = 3  # seconds
SHOWN = 3  # runs whose curves are drawn until others are selected


def _title(name: str) -> str:
    """A shipped model by its title, a run by its folder."""
    where, _, folder = name.partition("/")
    return checkpoints.titles().get(folder, folder) if where == "checkpoints" else folder


def _row(name: str, folder: Path, history: "pd.DataFrame | None") -> dict[str, str | float | None]:
    state = text.COMPLETE if (folder / "card.json").exists() else text.RUNNING
    row: dict[str, str | float | None] = {text.RUN_COLUMNS["run"]: _title(name), text.RUN_COLUMNS["state"]: state}
    if history is None:
        return row | {text.RUN_COLUMNS["epoch"]: "–", text.RUN_COLUMNS["best"]: "–", text.RUN_COLUMNS["minutes"]: "–"}
    best = history[history["split"] == "validation"]["auroc"].max()
    return row | {
        text.RUN_COLUMNS["epoch"]: str(int(history["epoch"].max())),
        text.RUN_COLUMNS["best"]: "–" if pd.isna(best) else f"{best:.3f}",
        text.RUN_COLUMNS["minutes"]: f"{history['seconds'].sum() / 60:.0f}",
    }


@st.fragment(run_every=REFRESH)
def _live() -> None:
    found = datasets.runs()
    histories = {name: datasets.run_history(folder) for name, folder in found.items()}
    names = list(found)
    table = pd.DataFrame([_row(n, found[n], histories[n]) for n in names])
    event = st.dataframe(table, hide_index=True, height="content", key="runs", on_select="rerun", selection_mode="multi-row")
    st.caption(text.RUNS_HELP)
    chosen = [names[i] for i in event.selection.rows if i < len(names)] or names[:SHOWN]
    _curves({_title(n): h for n in chosen if (h := histories[n]) is not None})
    with st.expander(text.RECIPES):
        _recipes({_title(n): datasets.run_recipe(found[n]) for n in chosen})


def _curves(histories: Mapping[str, pd.DataFrame]) -> None:
    if not histories:
        st.caption(text.NO_EPOCH)
        return
    st.caption(text.LINES)
    columns = st.columns(2)
    for n, column in enumerate(CURVES):
        with columns[n % 2]:
            alt = f"{text.CURVES[column]} by epoch of {', '.join(histories)}"
            static_chart(figures.curves(dict(histories), column), key=f"training_{column}", alt=alt)


def _recipes(tables: Mapping[str, Mapping[str, object]]) -> None:
    """Settings on which the chosen runs' recipes differ."""
    if len(tables) < 2:
        st.caption(text.TWO_RUNS)
        return
    keys = sorted({k for t in tables.values() for k in t})
    rows = [{text.SETTING: k, **{n: str(t.get(k, "–")) for n, t in tables.items()}} for k in keys]
    rows = [r for r in rows if len(set(list(r.values())[1:])) > 1]
    st.dataframe(pd.DataFrame(rows or [{text.SETTING: text.NO_DIFFERENCE}]), hide_index=True, height="content")


if not any(name.startswith("runs/") for name in datasets.runs()):
    st.info(text.EMPTY_RUNS, icon=":material/model_training:")
    st.code(text.TRAIN, language="bash")
if datasets.runs():
    _live()
