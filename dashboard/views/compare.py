"""Compare: the same view through five preprocessing filters, each with its score and heatmap on one colour scale."""

import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from core.imaging.filters import FILTERS, apply_filter
from core.reading.saliency import joint_scale
from dashboard import phrases, resources, worklist
from dashboard.checkpoint import choose
from dashboard.figures import charts
from dashboard.figures.film import CONFIG, row
from dashboard.pictures.render import data_uri, grey, heat_png, jpeg

HEIGHT = 470

case = worklist.selected()
if case is None:
    st.subheader("Compare")
    st.info(phrases.EMPTY_READ, icon=":material/upload_file:")
    st.stop()

head, side = st.columns([7, 3], gap="medium", vertical_alignment="top")
with head:
    st.subheader(f"Compare: {case.scan.label}", anchor=False)
    st.caption("Filters act on the grid the model sees, after crop and resize. Wheel: zoom all. Drag: move all. Double click: reset.")
if not case.quality.ok:
    st.error(phrases.CANNOT_ASSESS, icon=":material/block:")
    for sentence in case.quality.reasons:
        st.text(sentence)
    st.stop()
if worklist.hidden(case):
    st.info("Record your impression in Read first, or choose there to skip it.", icon=":material/visibility:")
    st.stop()
with side:
    card, any_domain = choose(case)
if card is None:
    st.stop()

with head.container(horizontal=True, vertical_alignment="bottom"):
    show = st.toggle("Heatmaps", key="compare_heat")
    labels = list(dict.fromkeys((*card.label_space.classes, card.label_space.positive)))
    label = st.selectbox(
        "for", labels, index=labels.index(card.label_space.positive), key=f"compare_{card.name}", disabled=not show, width=220
    )
    opacity = st.slider("Opacity", 0.0, 1.0, 0.55, 0.05, key="compare_opacity", disabled=not show, width=220)

try:
    results = {name: resources.reading(case.scan, card, name, any_domain) for name in FILTERS}
except SecondReaderError as e:
    st.error(e.what, icon=":material/error:")
    st.text(e.remedy)
    st.stop()

grid, geometry = card.input.grid(case.scan)
images = {name: apply_filter(grid.astype("float32") / 65535, name) for name in FILTERS}
maps = {name: results[name][1][label] for name in FILTERS}
scale = joint_scale(list(maps.values()))
panels = []
for name in FILTERS:
    heat = None
    if show and scale > 0:
        heat = data_uri(heat_png(maps[name].on_grid() / scale), "png")
    panels.append((phrases.FILTERS[name], data_uri(jpeg(grey(images[name])), "jpeg"), heat))
st.plotly_chart(
    row(grid.shape, panels, opacity, HEIGHT, case.key),
    theme=None,
    config=CONFIG,
    key="row",
    alt="The view through five filters, side by side",
)
if show:
    if scale > 0:
        st.plotly_chart(
            charts.colour_bar(scale), theme=None, config={"displayModeBar": False}, key="joint_bar", alt="Colour bar shared by all heatmaps"
        )
        st.caption(f"One colour scale for all five maps, up to the largest raw peak, {scale:.3g}.")
    else:
        st.info("No positive evidence in any variant: all maps are zero.", icon=":material/info:")

base = results[card.input.filter][0].score
table = pd.DataFrame(
    [
        {
            "filter": phrases.FILTERS[name],
            "score": results[name][0].score,
            "shift": results[name][0].score - base,
            "decision": results[name][0].decision,
            "heatmap peak (raw)": maps[name].peak,
            "trained with it": "yes" if name == card.input.filter else "no: off its recipe",
        }
        for name in FILTERS
    ]
)
left, right = st.columns([3, 2], gap="medium")
with left:
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        column_config={
            "score": st.column_config.ProgressColumn("score", min_value=0, max_value=1, format="%.3f"),
            "shift": st.column_config.NumberColumn("shift", format="%+.3f", help="Against the filter the checkpoint was trained with."),
            "heatmap peak (raw)": st.column_config.NumberColumn(format="%.3g"),
        },
    )
    st.caption(
        f"{card.title} was trained with: {phrases.FILTERS[card.input.filter]}. "
        "Scores of other filters show how it reacts, not how good the filter is."
    )
with right:
    st.plotly_chart(
        charts.histograms({phrases.FILTERS[n]: images[n] for n in FILTERS}),
        theme=None,
        config={"displayModeBar": False},
        key="histograms",
        alt="Brightness histograms",
    )
