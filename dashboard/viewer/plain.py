"""The plain image of Read: 8 bits, drawn by the server, for a browser that cannot show the viewer."""

import streamlit as st

from core.inference.saliency import Saliency
from dashboard import phrases
from dashboard.cache import predictions
from dashboard.figures.brightness import colour_bar
from dashboard.figures.image import CONFIG, image_figure
from dashboard.figures.style import static_chart
from dashboard.phrases import viewer as text
from dashboard.session import worklist
from dashboard.session.worklist import Case

OPACITY = 0.55  # of a heatmap


def show(case: Case, saliency: Saliency | None) -> None:
    """The open view in the file's first window, with the heatmap over it where one is given."""
    st.caption(text.PLAIN_IMAGE.format(reason=worklist.plain()))
    heat = predictions.heat(saliency) if saliency is not None and saliency.peak > 0 else None
    figure = image_figure(case.scan.shape, predictions.image(case.scan), heat, OPACITY, case.key)
    alt = f"Mammogram, {case.scan.label}{', synthetic' if case.scan.synthetic else ''}{', heatmap shown' if heat else ''}"
    if saliency is not None:
        colours(saliency.peak, f"{saliency.method}, {saliency.label}")
    with st.container(key="image_box"):
        st.plotly_chart(figure, height="stretch", theme=None, config=CONFIG, key="mammogram", alt=alt)


def colours(scale: float, sentence: str) -> None:
    """The colour bar from 0 to `scale`, and what the map is; no bar where nothing speaks for the class."""
    if scale > 0:
        static_chart(colour_bar(scale), "colour_bar", text.COLOUR_BAR_ALT)
        st.caption(sentence)
    else:
        st.info(phrases.NO_EVIDENCE, icon=":material/info:")
