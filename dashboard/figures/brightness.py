"""Brightness: histograms of images, and the colour bar of a heatmap."""

import numpy as np
import plotly.graph_objects as go

from core.inference.overlay import INFERNO
from dashboard.figures.style import BASE, COLOURS, GRID

_INFERNO = [[i / 15, f"rgb({r},{g},{b})"] for i, (r, g, b) in enumerate(INFERNO[np.linspace(0, 255, 16).astype(int)].tolist())]


def histograms(panels: dict[str, np.ndarray]) -> go.Figure:
    """Brightness histograms, by name, of images in [0, 1]; the empty background (0) is left out."""
    figure = go.Figure()
    for n, (name, values) in enumerate(panels.items()):
        counts, edges = np.histogram(values[values > 0.03], bins=96, range=(0, 1))
        figure.add_scatter(
            x=(edges[1:] + edges[:-1]) / 2,
            y=counts / max(1, counts.sum()),
            name=name,
            line={"color": COLOURS[n % len(COLOURS)], "width": 1.6},
        )
    figure.update_layout(height=240, legend={"orientation": "h", "y": 1.15}, **BASE)
    figure.update_xaxes(title="brightness after the filter", showgrid=False)
    figure.update_yaxes(title="share of pixels", gridcolor=GRID)
    return figure


def colour_bar(top: float) -> go.Figure:
    """A heatmap's colour bar in raw units, from 0 to `top`."""
    ramp = np.linspace(0, top, 128)[None]
    figure = go.Figure(go.Heatmap(z=ramp, x=ramp[0], colorscale=_INFERNO, showscale=False, hoverinfo="skip"))
    figure.update_layout(height=54, **(BASE | {"margin": {"l": 24, "r": 46, "t": 2, "b": 26}}))
    figure.update_xaxes(tickvals=[0, top / 2, top], tickformat=".3g", fixedrange=True)
    figure.update_yaxes(visible=False, fixedrange=True)
    return figure
