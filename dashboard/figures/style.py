"""Colours and layout that all charts share, and how a chart that is only looked at is drawn."""

from typing import Literal

import plotly.graph_objects as go
import streamlit as st

INK, QUIET, GRID, ACCENT, WARM = "#c9cdd0", "#4b5257", "#1f2426", "#6ea8c8", "#d9a066"
COLOURS = (ACCENT, WARM, "#8fbf88", "#c58fb5", "#b7b06b", "#7f8fd0", "#c97b74", "#79b8b0", "#a5a9ad")
BASE = {
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "font": {"color": INK, "size": 13},
    "margin": {"l": 52, "r": 12, "t": 34, "b": 44},
}
STATIC_CHART = {"displayModeBar": False}  # Plotly's configuration of a chart without tools


def static_chart(figure: go.Figure, key: str, alt: str, width: int | Literal["stretch"] = "stretch") -> None:
    """Draw a chart without tools in our own colours; `alt` describes it to a screen reader."""
    st.plotly_chart(figure, width=width, theme=None, config=STATIC_CHART, key=key, alt=alt)
