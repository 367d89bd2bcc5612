"""What `streamlit run` starts. Later routes for pixels belong here."""

from pathlib import Path

import streamlit as st

app = st.App(Path(__file__).with_name("main.py"))
