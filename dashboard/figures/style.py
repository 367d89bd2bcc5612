"""Colours and layout that all charts share, and how a chart that is only looked at is drawn."""

from typing import Literal

import plotly.graph_objects as go
import streamlit as st

# Each stands out from the background of either theme at 3 : 1 or more; words and axes have the theme's own colours.
INK, QUIET, GRID, ACCENT, WARM = "#868d92", "#7f858a", "rgba(128, 136, 142, 0.25)", "#4489b0", "#b3742f"
COLOURS = (ACCENT, WARM, "#5b9157", "#a9679a", "#8c8540", "#6576c6", "#b95f57", "#4a908a", "#7f858a")
BASE = {
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "font": {"size": 13},
    "margin": {"l": 52, "r": 12, "t": 34, "b": 44},
}
STATIC_CHART = {"displayModeBar": False}  # Plotly's configuration of a chart without tools


def static_chart(figure: go.Figure, key: str, alt: str, width: int | Literal["stretch"] = "stretch") -> None:
    """Draw a chart without tools that follows dark and light theme; `alt` describes it to a screen reader."""
    st.plotly_chart(figure, width=width, config=STATIC_CHART, key=key, alt=alt)
