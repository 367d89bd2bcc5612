"""Compare: the same view through preprocessing filters, each with its score and heatmap on one colour scale."""

import streamlit as st

from core.errors import SecondReaderError
from core.reading.saliency import joint_scale
from dashboard import kernel, phrases, planted, sweeps, variants, worklist
from dashboard.checkpoint import choose
from dashboard.figures import charts
from dashboard.figures.film import CONFIG, row
from dashboard.pictures.render import data_uri, grey, heat_png, jpeg

HEIGHT = 470
COUNT = {5: "five", 6: "six"}

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
    label, opacity = card.label_space.positive, 0.55
    if show:
        labels = list(dict.fromkeys((*card.label_space.classes, label)))
        label = st.selectbox("for", labels, index=labels.index(label), key=f"compare_{card.name}", width=220)
        opacity = st.slider("Opacity", 0.0, 1.0, opacity, 0.05, key="compare_opacity", width=220)
    own = st.toggle("Own kernel", key="compare_kernel", help="A 3×3 kernel that you write, beside the five filters.")

written = kernel.editor() if own else None
try:
    shown = variants.of_filters(case, card, any_domain)
    if written is not None:
        shown.append(variants.of_kernel(case, card, any_domain, written))
except SecondReaderError as e:
    st.error(e.what, icon=":material/error:")
    st.text(e.remedy)
    st.stop()

scale = joint_scale([v.maps[label] for v in shown])
panels = []
for v in shown:
    heat = data_uri(heat_png(v.maps[label].on_grid() / scale), "png") if show and scale > 0 else None
    panels.append((v.title, data_uri(jpeg(grey(v.filtered.image)), "jpeg"), heat))
st.plotly_chart(
    row(card.input.size, panels, opacity, HEIGHT, case.key),
    theme=None,
    config=CONFIG,
    key="row",
    alt=f"The view through {COUNT[len(shown)]} filters, side by side",
)
if show:
    if scale > 0:
        st.plotly_chart(
            charts.colour_bar(scale), theme=None, config={"displayModeBar": False}, key="joint_bar", alt="Colour bar shared by all heatmaps"
        )
        st.caption(f"One colour scale for all {COUNT[len(shown)]} maps, up to the largest raw peak, {scale:.3g}.")
    else:
        st.info("No positive evidence in any variant: all maps are zero.", icon=":material/info:")

chosen = planted.choose(case)
contrasts = planted.contrasts(case, card, shown, chosen) if chosen is not None else None
variants.show(variants.table(shown, label, contrasts))
trained = next(v.title for v in shown if v.trained)
st.caption(f"{card.title} was trained with: {trained}. Scores of other filters show how it reacts, not how good the filter is.")
if contrasts is not None:
    st.text(planted.sentence(case.truth[chosen].name, contrasts))
elif chosen is not None:
    st.text("On the model's grid this lesion, or the tissue round it, has too few pixels for a contrast.")
sweeps.panel(case, card, any_domain)
st.plotly_chart(
    charts.histograms({v.title: v.filtered.image for v in shown}),
    theme=None,
    config={"displayModeBar": False},
    key="histograms",
    alt="Brightness histograms",
)
