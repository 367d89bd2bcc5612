"""Charts of scores and reports. Pure functions: numbers in, figure out."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.inference.overlay import INFERNO

INK, QUIET, ACCENT, WARM = "#c9cdd0", "#4b5257", "#6ea8c8", "#d9a066"
COLOURS = (ACCENT, WARM, "#8fbf88", "#c58fb5", "#b7b06b", "#7f8fd0", "#c97b74", "#79b8b0", "#a5a9ad")
_INFERNO = [[i / 15, f"rgb({r},{g},{b})"] for i, (r, g, b) in enumerate(INFERNO[np.linspace(0, 255, 16).astype(int)].tolist())]
BASE = {
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "font": {"color": INK, "size": 13},
    "margin": {"l": 52, "r": 12, "t": 34, "b": 44},
}


def score_bar(score: float, threshold: float) -> go.Figure:
    """The score on a line from 0 to 1, with its threshold."""
    figure = go.Figure()
    colour = WARM if score >= threshold else ACCENT
    figure.add_bar(x=[1], y=[""], orientation="h", marker_color="#1d2123", width=0.5, hoverinfo="skip")
    figure.add_bar(x=[score], y=[""], orientation="h", marker_color=colour, width=0.5, hovertemplate="score %{x:.3f}<extra></extra>")
    figure.add_shape(type="line", x0=threshold, x1=threshold, y0=-0.48, y1=0.48, line={"color": INK, "width": 2})
    side = "left" if threshold < 0.15 else "right" if threshold > 0.85 else "center"  # inside the image at both ends
    words = f"threshold {threshold:.2f}"
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
        title="lowers the score  ←  log odds  →  raises it", zeroline=True, zerolinecolor=QUIET, gridcolor="#1d2123", fixedrange=True
    )
    figure.update_yaxes(automargin=True, fixedrange=True)
    return figure


def histograms(panels: dict[str, np.ndarray]) -> go.Figure:
    """Brightness histograms, by name, of images in [0, 1]; the empty background (0) is left out."""
    figure = go.Figure()
    for n, (name, values) in enumerate(panels.items()):
        counts, edges = np.histogram(values[values > 0.03], bins=96, range=(0, 1))
        figure.add_scatter(
            x=(edges[1:] + edges[:-1]) / 2, y=counts / max(1, counts.sum()), name=name, line={"color": COLOURS[n], "width": 1.6}
        )
    figure.update_layout(height=240, legend={"orientation": "h", "y": 1.15}, **BASE)
    figure.update_xaxes(title="brightness after the filter", showgrid=False)
    figure.update_yaxes(title="share of pixels", gridcolor="#1f2426")
    return figure


def confusion(classes: list[str], counts: list[list[int]], by_row: bool) -> go.Figure:
    """Confusion matrix, rows true, columns predicted; counts, or percentages of each row."""
    table = np.asarray(counts, float)
    total = table.sum(1, keepdims=True)
    share = np.divide(table, total, out=np.zeros_like(table), where=total > 0)
    text = [[f"{100 * s:.0f} %" if by_row else f"{int(c)}" for s, c in zip(*rows, strict=True)] for rows in zip(share, table, strict=True)]
    figure = go.Figure(
        go.Heatmap(
            z=share,
            x=classes,
            y=classes,
            text=text,
            texttemplate="%{text}",
            zmin=0,
            zmax=1,
            colorscale=[[0, "#15181a"], [1, "#35698a"]],
            showscale=False,
            xgap=2,
            ygap=2,
            hoverinfo="skip",
        )
    )
    # A click on a heatmap selects nothing; unseen squares over its cells can be selected.
    cells = [(true, called) for true in classes for called in classes]
    marker = {"symbol": "square", "size": 44, "opacity": 0, "color": "#2a3033"}
    true, called = zip(*cells, strict=True)
    words = [t for line in text for t in line]
    says = "true %{y}<br>predicted %{x}<br>%{text}<extra></extra>"
    figure.add_scatter(x=called, y=true, customdata=cells, text=words, mode="markers", marker=marker, hovertemplate=says, showlegend=False)
    figure.update_layout(height=120 + 62 * len(classes), clickmode="event+select", hoverdistance=-1, **BASE)
    figure.update_xaxes(title="predicted", side="bottom", fixedrange=True)
    figure.update_yaxes(title="true", autorange="reversed", fixedrange=True, automargin=True, ticks="")
    return figure


def patients(counts: dict[str, int]) -> go.Figure:
    """A thousand patients, a dot each: found, missed, false alarms, left alone."""
    colours = {"found": WARM, "missed": "#c97b74", "false alarms": "#b7b06b", "left alone": "#2a3033"}
    symbols = {"found": "circle", "missed": "circle-open", "false alarms": "x-thin-open", "left alone": "circle"}
    figure, at = go.Figure(), 0
    for name, n in counts.items():
        dots = np.arange(at, at + n)
        marker = {"color": colours[name], "symbol": symbols[name], "size": 7, "line": {"width": 1.4, "color": colours[name]}}
        figure.add_scatter(x=dots // 20, y=dots % 20, mode="markers", marker=marker, name=f"{name} {n}", hoverinfo="name")
        at += n
    figure.update_layout(height=250, legend={"orientation": "h", "y": 1.18, "itemclick": False}, **BASE)
    figure.update_xaxes(visible=False, fixedrange=True, range=[-1, 50])
    figure.update_yaxes(visible=False, fixedrange=True, range=[20, -1])
    return figure


def reliability(bins, before=()) -> go.Figure:
    """Share of positives against the mean score of each bin, with intervals; on the diagonal scores mean what they say.

    `before` are the bins without the temperature.
    """
    x, y = [b.score for b in bins], [b.rate.value for b in bins]
    up, down = ([abs(getattr(b.rate, end) - b.rate.value) for b in bins] for end in ("high", "low"))
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
    figure.update_xaxes(title="mean score", range=[0, 1], gridcolor="#1f2426", constrain="domain")
    figure.update_yaxes(title="share that is positive", range=[0, 1.01], gridcolor="#1f2426", scaleanchor="x")
    return figure


def net_benefit(thresholds: np.ndarray, curves: dict[str, np.ndarray], threshold: float) -> go.Figure:
    """Net benefit by threshold, with the chosen one marked."""
    names = {"model": ("by the score", ACCENT, "solid"), "all": ("call all positive", WARM, "dot"), "none": ("call none", QUIET, "dot")}
    figure = go.Figure()
    for key, (name, colour, dash) in names.items():
        figure.add_scatter(x=thresholds, y=curves[key], name=name, mode="lines", line={"color": colour, "dash": dash, "width": 1.8})
    figure.add_vline(x=threshold, line={"color": INK, "width": 1})
    top = float(max(curves["model"].max(), curves["all"].max(), 0.01))
    figure.update_layout(height=240, legend={"orientation": "h", "y": 1.2}, **BASE)
    figure.update_xaxes(title="threshold", showgrid=False, range=[0, 0.9])
    figure.update_yaxes(title="net benefit", gridcolor="#1f2426", range=[-0.35 * top, 1.1 * top])
    return figure


def risk(kept: list[float], error: list[float]) -> go.Figure:
    """Error rate by the share of images that are kept."""
    figure = go.Figure(
        go.Scatter(x=kept, y=error, mode="lines+markers", line_color=ACCENT, hovertemplate="kept %{x:.0%}: %{y:.3f}<extra></extra>")
    )
    figure.update_layout(height=260, showlegend=False, **BASE)
    figure.update_xaxes(title="share of images kept", range=[0, 1.02], tickformat=".0%", gridcolor="#1d2123", fixedrange=True)
    figure.update_yaxes(title="error rate", rangemode="tozero", gridcolor="#1d2123", fixedrange=True)
    return figure


def roc(curves: list[dict]) -> go.Figure:
    """ROC curves of the report, with the diagonal of chance."""
    figure = go.Figure(go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line={"color": QUIET, "dash": "dot"}, name="chance", hoverinfo="skip"))
    for n, curve in enumerate(curves):
        area = curve["auroc"]["value"]
        label = f"{curve['class']} ({area:.2f})" if area is not None else curve["class"]
        figure.add_scatter(x=curve["fpr"], y=curve["tpr"], name=label, mode="lines", line={"color": COLOURS[n % len(COLOURS)], "width": 2})
    figure.update_layout(height=380, legend={"x": 0.98, "y": 0.04, "xanchor": "right"}, **BASE)
    figure.update_xaxes(title="1 − specificity", range=[0, 1], gridcolor="#1f2426", constrain="domain")
    figure.update_yaxes(title="sensitivity", range=[0, 1.01], gridcolor="#1f2426", scaleanchor="x")
    return figure


def curve(history: pd.DataFrame, column: str) -> go.Figure:
    """One quantity by epoch, training and validation."""
    figure = go.Figure()
    for split, colour, dash in (("train", QUIET, "solid"), ("validation", ACCENT, "solid")):
        part = history[history["split"] == split]
        figure.add_scatter(x=part["epoch"], y=part[column], name=split, mode="lines+markers", line={"color": colour, "dash": dash})
    figure.update_layout(height=220, title={"text": column, "font": {"size": 13}}, legend={"orientation": "h", "y": 1.2, "x": 0.4}, **BASE)
    figure.update_xaxes(title="epoch", showgrid=False, dtick=max(1, len(history) // 20))
    figure.update_yaxes(gridcolor="#1f2426")
    return figure


def curves(histories: dict[str, pd.DataFrame], column: str) -> go.Figure:
    """One quantity by epoch of several runs: training dotted, validation drawn through."""
    figure = go.Figure()
    for n, (name, history) in enumerate(histories.items()):
        for split, dash in (("train", "dot"), ("validation", "solid")):
            part = history[history["split"] == split]
            line = {"color": COLOURS[n % len(COLOURS)], "dash": dash, "width": 1.8}
            figure.add_scatter(
                x=part["epoch"], y=part[column], name=f"{name}, {split}", mode="lines+markers", line=line, marker={"size": 4}
            )
    figure.update_layout(height=260, title={"text": {"auroc": "AUROC"}.get(column, column), "font": {"size": 13}}, showlegend=False, **BASE)
    longest = max((h["epoch"].max() for h in histories.values()), default=1)
    figure.update_xaxes(title="epoch", showgrid=False, dtick=max(1, longest // 10))
    figure.update_yaxes(gridcolor="#1f2426")
    return figure


def colour_bar(peak: float, maximum: float | None = None) -> go.Figure:
    """The heatmap's colour bar in raw units, from 0 to `maximum` (its own peak unless maps are compared)."""
    top = maximum or peak
    ramp = np.linspace(0, top, 128)[None]
    figure = go.Figure(go.Heatmap(z=ramp, x=ramp[0], colorscale=_INFERNO, showscale=False, hoverinfo="skip"))
    figure.update_layout(height=54, **(BASE | {"margin": {"l": 24, "r": 46, "t": 2, "b": 26}}))
    figure.update_xaxes(tickvals=[0, top / 2, top], tickformat=".3g", fixedrange=True)
    figure.update_yaxes(visible=False, fixedrange=True)
    return figure
