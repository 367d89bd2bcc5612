"""Charts of what was probed: changes of the image, and what a heatmap marks. Pure functions: numbers in, figure out."""

import plotly.graph_objects as go

from dashboard.figures.style import ACCENT, BASE, COLOURS, GRID, INK, QUIET, WARM


def robustness(rows: list[dict]) -> go.Figure:
    """Difference of the AUROC under each change, with its interval; left of zero is worse."""
    names = [r["change"] for r in rows][::-1]
    found = [r["difference"] for r in rows][::-1]
    values = [e["value"] for e in found]
    up, down = ([abs(e[end] - e["value"]) if e["value"] is not None else 0 for e in found] for end in ("high", "low"))
    worse = [WARM if e["value"] is not None and e["high"] < 0 else ACCENT for e in found]
    error = {"type": "data", "array": up, "arrayminus": down, "symmetric": False, "color": QUIET, "thickness": 1.4, "width": 3}
    says = "%{y}: %{x:+.3f}<extra></extra>"
    figure = go.Figure(go.Scatter(x=values, y=names, mode="markers", marker={"color": worse, "size": 9}, error_x=error, hovertemplate=says))
    figure.add_vline(x=0, line={"color": INK, "width": 1})
    figure.update_layout(height=60 + 24 * len(rows), showlegend=False, **(BASE | {"margin": {"l": 140, "r": 16, "t": 8, "b": 44}}))
    figure.update_xaxes(title="change of the AUROC", gridcolor=GRID, zeroline=False, fixedrange=True)
    figure.update_yaxes(showgrid=False, fixedrange=True)
    return figure


def deletion(curves: dict[str, list[float]]) -> go.Figure:
    """Mean score by the share of the breast that is taken away, or shown alone; in the map's order and at random."""
    figure, shares = go.Figure(), curves["shares"]
    for name, values in curves.items():
        if name != "shares":
            colour = COLOURS[0] if name.startswith("deletion") else COLOURS[1]
            dash = "dot" if "random" in name else "solid"
            figure.add_scatter(x=shares, y=values, name=name, mode="lines", line={"color": colour, "dash": dash, "width": 2})
    figure.update_layout(height=280, legend={"orientation": "h", "y": 1.16}, **BASE)
    figure.update_xaxes(title="share of the breast", tickformat=".0%", range=[0, 1], gridcolor=GRID, fixedrange=True)
    figure.update_yaxes(title="mean score", rangemode="tozero", gridcolor=GRID, fixedrange=True)
    return figure


def roc_of(reports: dict[str, dict]) -> go.Figure:
    """The ROC curve of the positive class or group of several checkpoints."""
    figure = go.Figure(go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line={"color": QUIET, "dash": "dot"}, name="chance", hoverinfo="skip"))
    for n, (name, report) in enumerate(reports.items()):
        positive = report["label_space"]["positive"]
        for curve in report["roc"]:
            if curve["class"] == positive:
                line = {"color": COLOURS[n % len(COLOURS)], "width": 2}
                label = f"{name}: {positive} ({curve['auroc']['value']:.2f})"
                figure.add_scatter(x=curve["fpr"], y=curve["tpr"], name=label, mode="lines", line=line)
    figure.update_layout(height=420, legend={"x": 0.98, "y": 0.04, "xanchor": "right"}, **BASE)
    figure.update_xaxes(title="1 − specificity", range=[0, 1], gridcolor=GRID, constrain="domain")
    figure.update_yaxes(title="sensitivity", range=[0, 1.01], gridcolor=GRID, scaleanchor="x")
    return figure
