"""The view under several filters as plain images: 8 bits, drawn by the server, for a browser that cannot show the viewer."""

import streamlit as st

from core.inference.saliency import joint_scale
from core.models.card import Card
from dashboard.figures.image import CONFIG, row_figure
from dashboard.filters.variants import Variant
from dashboard.images.render import data_uri, grey, heat_png, jpeg
from dashboard.phrases import filters as text
from dashboard.session import worklist
from dashboard.session.worklist import Case
from dashboard.viewer.plain import OPACITY, colours

HEIGHT = 470


def show(case: Case, card: Card, variants: list[Variant], label: str | None) -> None:
    """One view under several filters side by side; with a `label` that class's heatmaps, on one colour scale."""
    st.caption(text.PLAIN_ROW.format(reason=worklist.plain()))
    scale = joint_scale([v.maps[label] for v in variants]) if label else 0.0
    panels = []
    for v in variants:
        heat = data_uri(heat_png(v.maps[label].on_grid() / scale), "png") if label and scale > 0 else None
        panels.append((v.title, data_uri(jpeg(grey(v.filtered.image)), "jpeg"), heat))
    figure = row_figure(card.input.size, panels, OPACITY, HEIGHT, case.key)
    st.plotly_chart(figure, theme=None, config=CONFIG, key="row", alt=f"The view under {len(variants)} filters, side by side")
    if label:
        colours(scale, text.JOINT_SCALE.format(n=len(variants), peak=scale))
