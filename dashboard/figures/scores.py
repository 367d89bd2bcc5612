"""Charts of one score: the score against its threshold, class probabilities, contributions."""

import plotly.graph_objects as go

from core.inference.score_text import decimal
from dashboard.figures.style import ACCENT, BASE, GRID, INK, QUIET, WARM


def score_bar(score: float, threshold: float) -> go.Figure:
    """The score on a line from 0 to 1, with its threshold."""
    figure = go.Figure()
    colour = WARM if score >= threshold else ACCENT
    figure.add_bar(x=[1], y=[""], orientation="h", marker_color=GRID, width=0.5, hoverinfo="skip")
    figure.add_bar(x=[score], y=[""], orientation="h", marker_color=colour, width=0.5, hovertemplate="score %{x:.3f}<extra></extra>")
    figure.add_shape(type="line", x0=threshold, x1=threshold, y0=-0.48, y1=0.48, line={"color": INK, "width": 2})
    side = "left" if threshold < 0.15 else "right" if threshold > 0.85 else "center"  # inside the image at both ends
    words = f"threshold {decimal(threshold, score)}"
    figure.add_annotation(x=threshold, y=0.5, text=words, showarrow=False, xanchor=side, yanchor="bottom", font={"size": 12})
    figure.update_layout(barmode="overlay", height=92, showlegend=False, **(BASE | {"margin": {"l": 8, "r": 14, "t": 24, "b": 24}}))
    figure.update_xaxes(range=[0, 1], tickvals=[0, 0.25, 0.5, 0.75, 1], showgrid=False, fixedrange=True)
    figure.update_yaxes(visible=False, fixedrange=True)
    return figure


def probabilities(values: dict[str, float]) -> go.Figure:
    """Calibrated probability of each class."""
    names = list(values)[::-1]
    figure = go.Figure(
        go.Bar(
            x=[values[n] for n in names],
            y=names,
            orientation="h",
            marker_color=ACCENT,
            text=[f"{values[n]:.2f}" for n in names],
            textposition="outside",
            cliponaxis=False,
        )
    )
    figure.update_layout(height=34 + 30 * len(names), showlegend=False, **(BASE | {"margin": {"l": 76, "r": 34, "t": 4, "b": 4}}))
    figure.update_xaxes(range=[0, 1], visible=False, fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    return figure


def contributions(parts: list[tuple[str, float]]) -> go.Figure:
    """How each descriptor moved a note's score, in log odds; the strongest on top."""
    names, values = [p[0] for p in parts][::-1], [p[1] for p in parts][::-1]
    colours = [WARM if v > 0 else ACCENT for v in values]
    figure = go.Figure(go.Bar(x=values, y=names, orientation="h", marker_color=colours, hovertemplate="%{y}: %{x:+.2f}<extra></extra>"))
    figure.update_layout(height=60 + 28 * len(parts), showlegend=False, **(BASE | {"margin": {"l": 8, "r": 14, "t": 8, "b": 44}}))
    figure.update_xaxes(
        title="lowers the score  ←  log odds  →  raises it", zeroline=True, zerolinecolor=QUIET, gridcolor=GRID, fixedrange=True
    )
    figure.update_yaxes(automargin=True, fixedrange=True)
    return figure
