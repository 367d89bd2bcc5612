"""Charts of a report: confusion matrix, ROC, calibration, net benefit, selective prediction."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.style import ACCENT, BASE, COLOURS, GRID, INK, QUIET, WARM

if TYPE_CHECKING:
    from core.evaluation.metrics.reliability import Bin
    from core.evaluation.parts.decisions import RocCurve


def confusion(classes: Sequence[str], counts: Sequence[Sequence[int]], by_row: bool) -> go.Figure:
    """Confusion matrix, rows true, columns predicted; counts with the share of each row, or the shares alone."""
    table = np.asarray(counts, float)
    total = table.sum(1, keepdims=True)
    share = np.divide(table, total, out=np.zeros_like(table), where=total > 0)
    text = [
        [f"{100 * s:.0f} %" if by_row else f"{int(c)}<br>{100 * s:.0f} %" for s, c in zip(*rows, strict=True)]
        for rows in zip(share, table, strict=True)
    ]
    figure = go.Figure(
        go.Heatmap(
            z=share,
            x=classes,
            y=classes,
            text=text,
            texttemplate="%{text}",
            zmin=0,
            zmax=1,
            colorscale=[[0, "#33414a"], [1, "#2f7ba8"]],  # white stands out from both, in either theme
            showscale=False,
            xgap=2,
            ygap=2,
            hoverinfo="skip",
        )
    )
    # A click on a heatmap selects nothing; unseen squares over its cells can be selected.
    cells = [(true, called) for true in classes for called in classes]
    marker = {"symbol": "square", "size": 70, "opacity": 0, "color": "#2a3033"}
    true, called = zip(*cells, strict=True)
    words = [t for line in text for t in line]
    says = "true %{y}<br>predicted %{x}<br>%{text}<extra></extra>"
    figure.add_scatter(x=called, y=true, customdata=cells, text=words, mode="markers", marker=marker, hovertemplate=says, showlegend=False)
    figure.update_layout(height=110 + 74 * len(classes), clickmode="event+select", hoverdistance=-1, **BASE)
    figure.update_xaxes(title="predicted", side="bottom", showgrid=False, fixedrange=True)
    figure.update_yaxes(title="true", autorange="reversed", showgrid=False, fixedrange=True, automargin=True, ticks="")
    return figure


def roc(curves: "Sequence[RocCurve]", point: tuple[float | None, float | None] = (None, None), height: int = 380) -> go.Figure:
    """ROC curves of the report, with the diagonal of chance and the operating `point` (specificity, sensitivity)."""
    figure = go.Figure(go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line={"color": QUIET, "dash": "dot"}, name="chance", hoverinfo="skip"))
    for n, curve in enumerate(curves):
        area = curve.auroc.value
        label = f"{curve.label} ({area:.2f})" if area is not None else curve.label
        figure.add_scatter(x=curve.fpr, y=curve.tpr, name=label, mode="lines", line={"color": COLOURS[n % len(COLOURS)], "width": 2})
    specificity, sensitivity = point
    if specificity is not None and sensitivity is not None:
        marker = {"color": INK, "size": 11, "symbol": "circle-open", "line": {"width": 2.5}}
        figure.add_scatter(x=[1 - specificity], y=[sensitivity], name="operating point", mode="markers", marker=marker)
    figure.update_layout(height=height, legend={"x": 0.98, "y": 0.04, "xanchor": "right"}, **BASE)
    figure.update_xaxes(title="1 − specificity", range=[0, 1], gridcolor=GRID, constrain="domain")
    figure.update_yaxes(title="sensitivity", range=[0, 1.01], gridcolor=GRID, scaleanchor="x")
    return figure


def reliability(bins: "Sequence[Bin]", before: "Sequence[Bin]" = ()) -> go.Figure:
    """Share of positives against the mean score of each bin, with intervals; the diagonal is perfect calibration.

    `before` are the bins without the temperature.
    """
    x, y = [b.score for b in bins], [b.rate.value for b in bins]
    up = [0.0 if b.rate.value is None or b.rate.high is None else b.rate.high - b.rate.value for b in bins]
    down = [0.0 if b.rate.value is None or b.rate.low is None else b.rate.value - b.rate.low for b in bins]
    figure = go.Figure(go.Scatter(x=[0, 1], y=[0, 1], line={"color": QUIET, "dash": "dot"}, mode="lines", hoverinfo="skip"))
    if before:
        line = {"color": WARM, "dash": "dot", "width": 1.4}
        figure.add_scatter(
            x=[b.score for b in before], y=[b.rate.value for b in before], mode="lines", line=line, name="before", hoverinfo="skip"
        )
    error = {"type": "data", "array": up, "arrayminus": down, "symmetric": False, "color": QUIET, "thickness": 1.2, "width": 3}
    says = "score %{x:.2f}<br>positive %{y:.2f}<br>n %{text}<extra></extra>"
    figure.add_scatter(
        x=x, y=y, text=[b.n for b in bins], mode="markers+lines", marker={"color": ACCENT}, error_y=error, hovertemplate=says
    )
    figure.update_layout(height=330, showlegend=False, **BASE)
    figure.update_xaxes(title="mean score", range=[0, 1], gridcolor=GRID, constrain="domain")
    figure.update_yaxes(title="share that is positive", range=[0, 1.01], gridcolor=GRID, scaleanchor="x")
    return figure


def net_benefit(thresholds: np.ndarray, curves: dict[str, np.ndarray], threshold: float) -> go.Figure:
    """Net benefit by threshold, with the chosen one marked."""
    names = {"model": ("model", ACCENT, "solid"), "all": ("recall all", WARM, "dot"), "none": ("recall none", QUIET, "dot")}
    figure = go.Figure()
    for key, (name, colour, dash) in names.items():
        figure.add_scatter(x=thresholds, y=curves[key], name=name, mode="lines", line={"color": colour, "dash": dash, "width": 1.8})
    figure.add_vline(x=threshold, line={"color": INK, "width": 1})
    top = float(max(curves["model"].max(), curves["all"].max(), 0.01))
    figure.update_layout(height=240, legend={"orientation": "h", "y": 1.2}, **BASE)
    figure.update_xaxes(title="threshold", showgrid=False, range=[0, 0.9])
    figure.update_yaxes(title="net benefit", gridcolor=GRID, range=[-0.35 * top, 1.1 * top])
    return figure


def patients(counts: dict[str, int]) -> go.Figure:
    """A thousand patients, a dot each, by name of their outcome."""
    looks = ((WARM, "circle"), (COLOURS[6], "circle-open"), (COLOURS[4], "x-thin-open"), (GRID, "circle"))
    figure, at = go.Figure(), 0
    for (name, n), (colour, symbol) in zip(counts.items(), looks, strict=True):
        dots = np.arange(at, at + n)
        marker = {"color": colour, "symbol": symbol, "size": 7, "line": {"width": 1.4, "color": colour}}
        figure.add_scatter(x=dots // 20, y=dots % 20, mode="markers", marker=marker, name=f"{name} {n}", hoverinfo="name")
        at += n
    figure.update_layout(
        height=240,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": -0.04, "yref": "paper", "yanchor": "top", "itemclick": False},
        **(BASE | {"margin": {"l": 4, "r": 4, "t": 4, "b": 56}}),
    )
    figure.update_xaxes(visible=False, fixedrange=True, range=[-1, 50])
    figure.update_yaxes(visible=False, fixedrange=True, range=[20, -1])
    return figure


def risk(coverage: Sequence[float], error: Sequence[float]) -> go.Figure:
    """Error rate by the coverage."""
    figure = go.Figure(
        go.Scatter(x=coverage, y=error, mode="lines+markers", line_color=ACCENT, hovertemplate="coverage %{x:.0%}: %{y:.3f}<extra></extra>")
    )
    figure.update_layout(height=260, showlegend=False, **BASE)
    figure.update_xaxes(title="coverage (share of images assessed)", range=[0, 1.02], tickformat=".0%", gridcolor=GRID, fixedrange=True)
    figure.update_yaxes(title="error rate", rangemode="tozero", gridcolor=GRID, fixedrange=True)
    return figure
