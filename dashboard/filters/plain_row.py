"""The view under several filters as plain images: 8 bits, drawn by the server, for a browser that cannot show the viewer."""

import streamlit as st

from core.models.card import Card
from dashboard.cache import checkpoints
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
    panels, found = [], {}
    for v in variants:
        heat = None
        if label and v.prediction is not None:
            found[v.name] = checkpoints.evidence(card, v.prediction, v.maps)[label]
            heat = data_uri(heat_png(found[v.name].level_on_grid()), "png")
        panels.append((v.title, data_uri(jpeg(grey(v.filtered.image)), "jpeg"), heat))
    figure = row_figure(card.input.size, panels, OPACITY, HEIGHT, case.key)
    st.plotly_chart(figure, config=CONFIG, key="row", alt=f"The view under {len(variants)} filters, side by side")
    if found:
        colours(max(found.values(), key=lambda e: e.drawn))
