"""The plain image of Read: 8 bits, drawn by the server, for a browser that cannot show the viewer."""

import streamlit as st

from core.inference.evidence import Evidence
from dashboard import phrases
from dashboard.cache import predictions
from dashboard.figures.brightness import colour_bar
from dashboard.figures.image import CONFIG, image_figure
from dashboard.figures.style import static_chart
from dashboard.phrases import viewer as text
from dashboard.session import worklist
from dashboard.session.worklist import Case

OPACITY = 0.55  # of a heatmap


def show(case: Case, evidence: Evidence | None) -> None:
    """The open view in the file's first window, with the heatmap over it where one is given."""
    st.caption(text.PLAIN_IMAGE.format(reason=worklist.plain()))
    heat = predictions.heat(case.scan, evidence) if evidence is not None and evidence.drawn else None
    shape = predictions.hanging(case.scan).turn.shape(case.scan.shape)
    figure = image_figure(shape, predictions.image(case.scan), heat, OPACITY, case.key)
    alt = f"Mammogram, {case.scan.label}{', synthetic' if case.scan.synthetic else ''}{', heatmap shown' if heat else ''}"
    if evidence is not None:
        colours(evidence)
    with st.container(key="image_box"):
        st.plotly_chart(figure, height="stretch", config=CONFIG, key="mammogram", alt=alt)


def colours(evidence: Evidence) -> None:
    """The colour bar, and what the map is; no bar where nothing speaks for the class, or the score is below the threshold."""
    if evidence.drawn:
        static_chart(colour_bar(evidence.full), "colour_bar", text.COLOUR_BAR_ALT)
        st.caption(text.heat(evidence.saliency.method, evidence.saliency.label, evidence.measured))
    else:
        st.info(text.WEAK if evidence.full > 0 else phrases.NO_EVIDENCE, icon=":material/info:")
