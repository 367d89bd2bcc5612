"""Training curves."""

import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.style import ACCENT, BASE, COLOURS, GRID, QUIET


def curve(history: pd.DataFrame, column: str) -> go.Figure:
    """One quantity by epoch, training and validation."""
    figure = go.Figure()
    for split, colour, dash in (("train", QUIET, "solid"), ("validation", ACCENT, "solid")):
        part = history[history["split"] == split]
        figure.add_scatter(x=part["epoch"], y=part[column], name=split, mode="lines+markers", line={"color": colour, "dash": dash})
    figure.update_layout(height=220, title={"text": column, "font": {"size": 13}}, legend={"orientation": "h", "y": 1.2, "x": 0.4}, **BASE)
    figure.update_xaxes(title="epoch", showgrid=False, dtick=max(1, len(history) // 20))
    figure.update_yaxes(gridcolor=GRID)
    return figure


def curves(histories: dict[str, pd.DataFrame], column: str) -> go.Figure:
    """One quantity by epoch of several runs: training dashed, validation solid."""
    figure = go.Figure()
    for n, (name, history) in enumerate(histories.items()):
        for split, dash in (("train", "dash"), ("validation", "solid")):
            part = history[history["split"] == split]
            line = {"color": COLOURS[n % len(COLOURS)], "dash": dash, "width": 1.8}
            figure.add_scatter(
                x=part["epoch"], y=part[column], name=f"{name}, {split}", mode="lines+markers", line=line, marker={"size": 4}
            )
    figure.update_layout(height=260, title={"text": {"auroc": "AUROC"}.get(column, column), "font": {"size": 13}}, showlegend=False, **BASE)
    longest = max((h["epoch"].max() for h in histories.values()), default=1)
    figure.update_xaxes(title="epoch", showgrid=False, dtick=max(1, longest // 10))
    figure.update_yaxes(gridcolor=GRID)
    return figure
