"""Images one can zoom and drag: the wheel zooms to the pointer, a double click resets."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

CONFIG = {"scrollZoom": True, "displayModeBar": False, "doubleClick": "reset", "responsive": True}
BLACK = "#000000"


def image_figure(shape: tuple[int, int], image: str, heat: str | None, opacity: float, key: str) -> go.Figure:
    """One scan, with a heatmap over it where `heat` is given. Both are data: addresses; `key` keeps the zoom between reruns."""
    figure = go.Figure()
    _add(figure, shape, image, heat, opacity, "x", "y")
    figure.update_layout(uirevision=key, **LAYOUT)
    _axes(figure, shape)
    return figure


def row_figure(shape: tuple[int, int], panels: list[tuple[str, str, str | None]], opacity: float, height: int, key: str) -> go.Figure:
    """Several images of equal geometry side by side, (title, image, heat), with linked zoom and pan."""
    figure = make_subplots(1, len(panels), subplot_titles=[p[0] for p in panels], horizontal_spacing=0.006)
    for n, (_, image, heat) in enumerate(panels, 1):
        suffix = "" if n == 1 else str(n)
        _add(figure, shape, image, heat, opacity, f"x{suffix}", f"y{suffix}")
    figure.update_layout(height=height, uirevision=key, **(LAYOUT | {"margin": {"l": 0, "r": 0, "t": 26, "b": 0}}))
    _axes(figure, shape, linked=True)
    return figure


LAYOUT = {
    "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": BLACK,
    "dragmode": "pan",
    "hovermode": False,
    "showlegend": False,
}


def add_image(
    figure: go.Figure, box: tuple[float, float, float, float], image: str, heat: str | None, opacity: float, x: str, y: str
) -> None:
    """Put an image, and its heatmap over it, at `box` (left, top, width, height) of the axes `x` and `y`."""
    left, top, width, height = box
    place = {"xref": x, "yref": y, "x": left, "y": top, "sizex": width, "sizey": height, "sizing": "stretch"}
    figure.add_layout_image(source=image, layer="below", **place)
    if heat is not None:
        figure.add_layout_image(source=heat, opacity=opacity, layer="above", **place)


def _add(figure: go.Figure, shape: tuple[int, int], image: str, heat: str | None, opacity: float, x: str, y: str) -> None:
    h, w = shape
    add_image(figure, (0, 0, w, h), image, heat, opacity, x, y)
    # A figure without a trace draws no axes, and so no image.
    figure.add_scatter(x=[0, w], y=[0, h], mode="markers", marker={"opacity": 0}, xaxis=x, yaxis=y)


def _axes(figure: go.Figure, shape: tuple[int, int], linked: bool = False) -> None:
    h, w = shape
    figure.update_xaxes(visible=False, range=[0, w], constrain="domain", **({"matches": "x"} if linked else {}))
    figure.update_yaxes(visible=False, range=[h, 0], **({"matches": "y"} if linked else {}))
    for n in range(1, len(figure.data) + 1):
        suffix = "" if n == 1 else str(n)
        figure.layout[f"yaxis{suffix}"].update(scaleanchor=f"x{suffix}")
