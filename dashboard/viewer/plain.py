"""The plain images of Read and Compare: 8 bits, drawn by the server, for a browser that cannot show the viewer."""

import streamlit as st

from core.inference.saliency import Saliency, joint_scale
from core.models.card import Card
from dashboard import phrases
from dashboard.cache import predictions
from dashboard.compare.variants import Variant
from dashboard.figures.brightness import colour_bar
from dashboard.figures.image import CONFIG, image_figure, row_figure
from dashboard.figures.style import static_chart
from dashboard.images.render import data_uri, grey, heat_png, jpeg
from dashboard.phrases import compare as text
from dashboard.session import worklist
from dashboard.session.worklist import Case

OPACITY = 0.55  # of a heatmap
ROW_HEIGHT = 470


def show(case: Case, saliency: Saliency | None) -> None:
    """The open view in the file's first window, with the heatmap over it where one is given."""
    st.caption(text.PLAIN_IMAGE.format(reason=worklist.plain()))
    heat = predictions.heat(saliency) if saliency is not None and saliency.peak > 0 else None
    figure = image_figure(case.scan.shape, predictions.image(case.scan), heat, OPACITY, case.key)
    alt = f"Mammogram, {case.scan.label}{', synthetic' if case.scan.synthetic else ''}{', heatmap shown' if heat else ''}"
    if saliency is not None:
        _colours(saliency.peak, f"{saliency.method}, {saliency.label}")
    with st.container(key="image_box"):
        st.plotly_chart(figure, height="stretch", theme=None, config=CONFIG, key="mammogram", alt=alt)


def row(case: Case, card: Card, variants: list[Variant], label: str | None) -> None:
    """One view under several filters side by side; with a `label` that class's heatmaps, on one colour scale."""
    st.caption(text.PLAIN_ROW.format(reason=worklist.plain()))
    scale = joint_scale([v.maps[label] for v in variants]) if label else 0.0
    panels = []
    for v in variants:
        heat = data_uri(heat_png(v.maps[label].on_grid() / scale), "png") if label and scale > 0 else None
        panels.append((v.title, data_uri(jpeg(grey(v.filtered.image)), "jpeg"), heat))
    figure = row_figure(card.input.size, panels, OPACITY, ROW_HEIGHT, case.key)
    st.plotly_chart(figure, theme=None, config=CONFIG, key="row", alt=f"The view under {len(variants)} filters, side by side")
    if label:
        _colours(scale, text.JOINT_SCALE.format(n=len(variants), peak=scale))


def _colours(scale: float, sentence: str) -> None:
    """The colour bar from 0 to `scale`, and what the map is; no bar where nothing speaks for the class."""
    if scale > 0:
        static_chart(colour_bar(scale), "colour_bar", text.COLOUR_BAR_ALT)
        st.caption(sentence)
    else:
        st.info(phrases.NO_EVIDENCE, icon=":material/info:")
