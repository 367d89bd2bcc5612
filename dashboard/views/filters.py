"""Filters: the same view through preprocessing filters, each with its kernel, its difference image, score and heatmap."""

import streamlit as st

from core.errors import SecondReaderError
from dashboard import phrases
from dashboard.cache import pixels, predictions
from dashboard.figures.brightness import histograms
from dashboard.figures.style import static_chart
from dashboard.filters import cards, kernel, plain_row, planted_contrast, variants
from dashboard.filters.parameter_sweep import sweep
from dashboard.filters.row import describe_row
from dashboard.phrases import filters as text
from dashboard.read import empty, independent_read
from dashboard.read.model_choice import choose
from dashboard.session import worklist
from dashboard.viewer.component import viewer

case = worklist.selected()
if case is None:
    st.subheader(text.TITLE, anchor=False)
    empty.render()
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
read = not worklist.hidden(case)
if not read:
    pixels.ledger().close(case.key, "heat")
with side:
    chosen = choose(case)
if chosen is None:
    st.stop()
card = chosen.card

with head.container(horizontal=True, vertical_alignment="center"):
    if not read:
        st.caption(text.HIDDEN)
        st.button(text.SKIP, key="skip_and_compare", on_click=independent_read.skip, args=(case.exam,), help=text.SKIP_HELP)
    custom = st.toggle(text.OWN_KERNEL, key="filters_kernel", help=text.OWN_KERNEL_HELP)
    heat = read and bool(worklist.plain()) and st.toggle("Heatmaps", key="filters_heat")  # the viewer has its own

images = st.container()  # before all that may or may not stand below: a viewer that changes its place is built again
written = kernel.editor() if custom else None
try:
    shown = variants.of_filters(case, chosen, read=read)
    if written is not None:
        shown.append(variants.of_kernel(case, chosen, written, read=read))
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

cards.draw(shown)
st.caption(text.DIFFERENCES)
lesion = planted_contrast.choose(case) if read else None  # its outline would give the lesion away
contrasts = planted_contrast.contrasts(case, card, shown, lesion) if lesion is not None else None
with st.popover(text.MEASUREMENTS, icon=":material/info:"):
    variants.show(variants.table(shown, label, contrasts), label)
    st.caption(text.TRAINED_WITH.format(model=card.title, filter=next(v.title for v in shown if v.trained)))
if lesion is not None and contrasts is not None:
    st.text(planted_contrast.sentence(lesion.name, contrasts))
elif lesion is not None:
    st.text(text.CNR_TOO_SMALL)
if read:
    sweep(case, chosen)
static_chart(histograms({v.title: v.filtered.image for v in shown}), "histograms", text.HISTOGRAMS)
