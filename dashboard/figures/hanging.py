"""An exam as mammograms hang: R CC and L CC above, R MLO and L MLO below, chest walls in, one scale for all."""

from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard.figures.image import LAYOUT, add_image

PLACES = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))  # row by row


@dataclass(frozen=True)
class Pane:
    """One view: its (rows, columns), (row, column) millimetres a pixel or None, a data: address each, and a line of text."""

    shape: tuple[int, int]
    spacing_mm: tuple[float, float] | None
    image: str
    heat: str | None
    title: str


def hang(panes: dict[tuple[str, str], Pane], opacity: float, key: str) -> go.Figure:
    """Up to four panes by (laterality, view) with linked zoom and pan. A place without a view stays black.

    Where every view knows its pixel size, all are drawn to the same millimetres; otherwise to the same height.
    """
    in_mm = all(p.spacing_mm for p in panes.values())
    sizes = {at: _size(p, in_mm) for at, p in panes.items()}
    height, width = (max(s[i] for s in sizes.values()) for i in (0, 1))
    figure = make_subplots(2, 2, horizontal_spacing=0.004, vertical_spacing=0.006)
    for n, at in enumerate(PLACES, 1):
        x, y = (f"{axis}{n if n > 1 else ''}" for axis in "xy")
        pane = panes.get(at)
        if pane is not None:
            h, w = sizes[at]
            left = width - w if at[0] == "R" else 0.0  # the chest wall touches the middle of the layout
            add_image(figure, (left, (height - h) / 2, w, h), pane.image, pane.heat, opacity, x, y)
        figure.add_scatter(x=[0, width], y=[0, height], mode="markers", marker={"opacity": 0}, xaxis=x, yaxis=y)
        title = pane.title if pane is not None else f"{at[0]} {at[1]}: not open"
        side = {"x": 0.01, "xanchor": "left"} if at[0] == "R" else {"x": 0.99, "xanchor": "right"}
        place = {"y": 0.99, "yanchor": "top", "xref": f"{x} domain", "yref": f"{y} domain"}
        figure.add_annotation(text=title, showarrow=False, font={"size": 13}, **side, **place)
    figure.update_layout(uirevision=key, **LAYOUT)
    figure.update_xaxes(visible=False, range=[0, width], constrain="domain", matches="x")
    figure.update_yaxes(visible=False, range=[height, 0], matches="y")
    for n in range(1, 5):
        suffix = "" if n == 1 else str(n)
        figure.layout[f"yaxis{suffix}"].update(scaleanchor=f"x{suffix}")
        figure.layout[f"xaxis{suffix}"].update(constraintoward="right" if n % 2 else "left")
    return figure


def _size(pane: Pane, in_mm: bool) -> tuple[float, float]:
    """(height, width) in millimetres, or in heights of the image."""
    rows, columns = pane.shape
    if in_mm:
        return rows * pane.spacing_mm[0], columns * pane.spacing_mm[1]
    return 1.0, columns / rows
