"""Filters: the same view through preprocessing filters, each with its score and heatmap on one colour scale."""

import streamlit as st

from core.errors import SecondReaderError
from dashboard import phrases
from dashboard.cache import pixels, predictions
from dashboard.figures.brightness import histograms
from dashboard.figures.style import static_chart
from dashboard.filters import kernel, plain_row, planted_contrast, variants
from dashboard.filters.parameter_sweep import sweep
from dashboard.filters.row import describe_row
from dashboard.phrases import filters as text
from dashboard.read.model_choice import choose
from dashboard.session import worklist
from dashboard.viewer.component import viewer

case = worklist.selected()
if case is None:
    st.subheader(text.TITLE, anchor=False)
    st.info(phrases.EMPTY_READ, icon=":material/upload_file:")
    st.stop()

head, side = st.columns(2, gap="medium", vertical_alignment="top")
with head:
    st.subheader(f"{text.TITLE}: {case.scan.label}", anchor=False)
    st.caption(text.ABOUT)
if not case.quality.ok:
    st.error(phrases.CANNOT_ASSESS, icon=":material/block:")
    for sentence in case.quality.reasons:
        st.text(sentence)
    st.stop()
if worklist.hidden(case):
    pixels.ledger().close(case.key, "heat")
    st.info(text.HIDDEN, icon=":material/visibility:")
    st.stop()
with side:
    chosen = choose(case)
if chosen is None:
    st.stop()
card = chosen.card

with head.container(horizontal=True, vertical_alignment="bottom"):
    custom = st.toggle(text.OWN_KERNEL, key="filters_kernel", help=text.OWN_KERNEL_HELP)
    heat = bool(worklist.plain()) and st.toggle("Heatmaps", key="filters_heat")  # the viewer has its own

images = st.container()  # before all that may or may not stand below: a viewer that changes its place is built again
written = kernel.editor() if custom else None
try:
    shown = variants.of_filters(case, chosen)
    if written is not None:
        shown.append(variants.of_kernel(case, chosen, written))
except SecondReaderError as e:
    st.error(e.what, icon=":material/error:")
    st.text(e.remedy)
    st.stop()

label = card.label_space.positive
with images:
    browser = pixels.browser()
    if worklist.plain() or browser is None:
        plain_row.show(case, card, shown, label if heat else None)
    else:
        geometry = predictions.unfiltered(case.scan, card)[1]
        study = describe_row(case, card, geometry, shown, pixels.ledger(), browser)
        with st.container(key="row_box"):
            viewer(study)

lesion = planted_contrast.choose(case)
contrasts = planted_contrast.contrasts(case, card, shown, lesion) if lesion is not None else None
variants.show(variants.table(shown, label, contrasts), label)
st.caption(text.TRAINED_WITH.format(model=card.title, filter=next(v.title for v in shown if v.trained)))
if lesion is not None and contrasts is not None:
    st.text(planted_contrast.sentence(lesion.name, contrasts))
elif lesion is not None:
    st.text(text.CNR_TOO_SMALL)
sweep(case, chosen)
static_chart(histograms({v.title: v.filtered.image for v in shown}), "histograms", text.HISTOGRAMS)
