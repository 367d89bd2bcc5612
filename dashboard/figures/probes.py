"""Charts of what was probed: changes of the image, and what a heatmap marks. Pure functions: numbers in, figure out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from dashboard.figures.style import ACCENT, BASE, COLOURS, GRID, INK, QUIET, WARM

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport
    from core.evaluation.parts.probes import DeletionCurves
    from core.evaluation.parts.uncertainty import PerturbationRobustness


def robustness(rows: "Sequence[PerturbationRobustness]") -> go.Figure:
    """Difference of the AUROC under each change, with its interval; left of zero is worse."""
    names = [r.perturbation for r in rows][::-1]
    found = [r.difference for r in rows][::-1]
    values = [e.value for e in found]
    up = [0.0 if e.value is None or e.high is None else e.high - e.value for e in found]
    down = [0.0 if e.value is None or e.low is None else e.value - e.low for e in found]
    worse = [WARM if e.high is not None and e.high < 0 else ACCENT for e in found]
    error = {"type": "data", "array": up, "arrayminus": down, "symmetric": False, "color": QUIET, "thickness": 1.4, "width": 3}
    says = "%{y}: %{x:+.3f}<extra></extra>"
    figure = go.Figure(go.Scatter(x=values, y=names, mode="markers", marker={"color": worse, "size": 9}, error_x=error, hovertemplate=says))
    figure.add_vline(x=0, line={"color": INK, "width": 1})
    figure.update_layout(height=60 + 24 * len(rows), showlegend=False, **(BASE | {"margin": {"l": 140, "r": 16, "t": 8, "b": 44}}))
    figure.update_xaxes(title="change of the AUROC", gridcolor=GRID, zeroline=False, fixedrange=True)
    figure.update_yaxes(showgrid=False, fixedrange=True)
    return figure


def deletion(curves: "DeletionCurves") -> go.Figure:
    """Mean score by the share of the breast that is taken away, or shown alone; in the map's order and at random."""
    figure = go.Figure()
    lines = (
        ("deletion", curves.deletion, COLOURS[0], "solid"),
        ("insertion", curves.insertion, COLOURS[1], "solid"),
        ("deletion, random order", curves.deletion_random, COLOURS[0], "dot"),
        ("insertion, random order", curves.insertion_random, COLOURS[1], "dot"),
    )
    for name, values, colour, dash in lines:
        figure.add_scatter(x=curves.shares, y=values, name=name, mode="lines", line={"color": colour, "dash": dash, "width": 2})
    figure.update_layout(height=280, legend={"orientation": "h", "y": 1.16}, **BASE)
    figure.update_xaxes(title="share of the breast", tickformat=".0%", range=[0, 1], gridcolor=GRID, fixedrange=True)
    figure.update_yaxes(title="mean score", rangemode="tozero", gridcolor=GRID, fixedrange=True)
    return figure


def roc_of(reports: "dict[str, EvaluationReport]") -> go.Figure:
    """The ROC curve of the positive class or group of several checkpoints."""
    figure = go.Figure(go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line={"color": QUIET, "dash": "dot"}, name="chance", hoverinfo="skip"))
    for n, (name, report) in enumerate(reports.items()):
        positive = report.label_space.positive
        for curve in report.roc_curves:
            if curve.label == positive:
                line = {"color": COLOURS[n % len(COLOURS)], "width": 2}
                label = f"{name}: {positive} ({curve.auroc.value:.2f})"
                figure.add_scatter(x=curve.fpr, y=curve.tpr, name=label, mode="lines", line=line)
    figure.update_layout(height=420, legend={"x": 0.98, "y": 0.04, "xanchor": "right"}, **BASE)
    figure.update_xaxes(title="1 − specificity", range=[0, 1], gridcolor=GRID, constrain="domain")
    figure.update_yaxes(title="sensitivity", range=[0, 1.01], gridcolor=GRID, scaleanchor="x")
    return figure
