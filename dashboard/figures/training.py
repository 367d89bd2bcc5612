"""Training curves."""

import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.style import BASE, COLOURS, GRID
from dashboard.phrases.models import CURVES

LEGEND = {"orientation": "h", "y": -0.28, "yanchor": "top", "itemclick": False}


def curves(histories: dict[str, pd.DataFrame], column: str) -> go.Figure:
    """One quantity by epoch of several runs: training dashed, validation solid."""
    figure = go.Figure()
    for n, (name, history) in enumerate(histories.items()):
        for split, dash in (("train", "dash"), ("validation", "solid")):
            part = history[history["split"] == split]
            line = {"color": COLOURS[n % len(COLOURS)], "dash": dash, "width": 1.8}
            figure.add_scatter(
                x=part["epoch"],
                y=part[column],
                name=name,
                mode="lines+markers",
                line=line,
                marker={"size": 4},
                showlegend=split == "validation",
            )
    figure.update_layout(
        height=260 + 22 * len(histories) * (len(histories) > 1),
        showlegend=len(histories) > 1,
        legend=LEGEND,
        **(BASE | {"margin": {"l": 58, "r": 12, "t": 12, "b": 44}}),
    )
    longest = max((h["epoch"].max() for h in histories.values()), default=1)
    figure.update_xaxes(title="epoch", showgrid=False, dtick=max(1, longest // 10))
    figure.update_yaxes(title=CURVES[column], gridcolor=GRID)
    return figure
