"""The score along one number of the preprocessing, as a figure."""

import plotly.graph_objects as go

from core.inference.parameter_sweep import USUAL, Curve
from dashboard.figures.style import ACCENT, BASE, GRID, INK, QUIET

SPREAD = 50  # above this ratio of the largest value to the smallest the axis is logarithmic


def parameter(curve: Curve) -> go.Figure:
    """A curve with the threshold across it, the recipe's own score dotted, and a mark at the usual value."""
    figure = go.Figure()
    says = f"{curve.name} %{{x:g}}<br>score %{{y:.3f}}<extra></extra>"
    figure.add_scatter(x=curve.values, y=curve.scores, mode="lines+markers", line_color=ACCENT, marker={"size": 5}, hovertemplate=says)
    figure.add_hline(y=curve.threshold, line={"color": INK, "width": 1.5})
    figure.add_annotation(
        x=1,
        xref="paper",
        y=curve.threshold,
        text=f"threshold {curve.threshold:.2f}",
        showarrow=False,
        xanchor="right",
        yanchor="bottom" if curve.threshold < 0.85 else "top",
        font={"size": 11},
    )
    figure.add_hline(y=curve.own, line={"color": QUIET, "width": 1, "dash": "dot"})
    figure.add_vline(x=USUAL[curve.name], line={"color": QUIET, "width": 1})
    figure.update_layout(height=230, showlegend=False, **(BASE | {"margin": {"l": 46, "r": 8, "t": 10, "b": 44}}))
    logarithmic = max(curve.values) / min(curve.values) > SPREAD
    figure.update_xaxes(title=curve.name, type="log" if logarithmic else "linear", showgrid=False, fixedrange=True)
    figure.update_yaxes(title="score", range=[0, 1.02], gridcolor=GRID, fixedrange=True)
    return figure
