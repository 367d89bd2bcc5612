"""Train on your data: a recipe for a folder, its training as a process of its own, and the way into the checkpoints."""

import streamlit as st

from core.training import runs
from dashboard.data.new_training import form
from dashboard.data.run_panel import panel
from dashboard.phrases import train as text

NEW = ""  # the choice of no run

st.subheader(text.TITLE, anchor=False)
st.caption(text.ABOUT)
known = {run.name: run for run in runs.list_runs()}
running = next((run for run in known.values() if run.state == "running"), None)
chosen = NEW
if known:
    opened = st.session_state.get("train_open") or (running.name if running else NEW)
    options = [NEW, *known]
    chosen = st.selectbox(
        text.RUNS,
        options,
        options.index(opened) if opened in options else 0,
        format_func=lambda name: name or text.NEW,  # without its state: a widget keeps an option by its words
        key=f"train_run_{opened}",  # a new widget where another run is to be opened
        width=420,
    )
if chosen:
    panel(known[chosen])
else:
    form(running)
