"""Compare: the same view through preprocessing filters, each with its score and heatmap on one colour scale."""

import streamlit as st

from core.errors import SecondReaderError
from dashboard import phrases, pixels
from dashboard.cache import predictions
from dashboard.compare import kernel, parameter_sweep, planted_contrast, variants
from dashboard.figures import brightness
from dashboard.figures.style import static_chart
from dashboard.read.model_choice import choose
from dashboard.session import worklist
from dashboard.viewer import plain
from dashboard.viewer.component import viewer
from dashboard.viewer.row import describe_row

case = worklist.selected()
if case is None:
    st.subheader("Compare")
    st.info(phrases.EMPTY_READ, icon=":material/upload_file:")
    st.stop()

head, side = st.columns(2, gap="medium", vertical_alignment="top")
with head:
    st.subheader(f"Compare: {case.scan.label}", anchor=False)
    st.caption("Filters act on the grid the model sees, after crop and resize.")
if not case.quality.ok:
    st.error(phrases.CANNOT_ASSESS, icon=":material/block:")
    for sentence in case.quality.reasons:
        st.text(sentence)
    st.stop()
if worklist.hidden(case):
    predictions.pixel_ledger().close(case.key, "heat")
    st.info("Record your impression in Read first, or choose there to skip it.", icon=":material/visibility:")
    st.stop()
with side:
    card, any_domain = choose(case)
if card is None:
    st.stop()

with head.container(horizontal=True, vertical_alignment="bottom"):
    own = st.toggle("Own kernel", key="compare_kernel", help="A 3×3 kernel that you write, beside the five filters.")
    heat = bool(worklist.plain()) and st.toggle("Heatmaps", key="compare_heat")  # the viewer has its own

place = st.container()  # before all that may or may not stand below: a viewer that changes its place is built anew
written = kernel.editor() if own else None
try:
    shown = variants.of_filters(case, card, any_domain)
    if written is not None:
        shown.append(variants.of_kernel(case, card, any_domain, written))
except SecondReaderError as e:
    st.error(e.what, icon=":material/error:")
    st.text(e.remedy)
    st.stop()

with place:
    if worklist.plain():
        plain.row(case, card, shown, card.label_space.positive if heat else None)
    else:
        geometry = predictions.unfiltered(case.scan, card)[1]
        study = describe_row(case, card, geometry, shown, predictions.pixel_ledger(), pixels.browser())
        with st.container(key="row_box"):
            viewer(study)

label = card.label_space.positive
chosen = planted_contrast.choose(case)
contrasts = planted_contrast.contrasts(case, card, shown, chosen) if chosen is not None else None
variants.show(variants.table(shown, label, contrasts), label)
trained = next(v.title for v in shown if v.trained)
st.caption(f"{card.title} was trained with: {trained}. Scores of other filters show how it reacts, not how good the filter is.")
if contrasts is not None:
    st.text(planted_contrast.sentence(case.truth[chosen].name, contrasts))
elif chosen is not None:
    st.text("On the model's grid this lesion, or the tissue round it, has too few pixels for a contrast.")
parameter_sweep.panel(case, card, any_domain)
static_chart(
    brightness.histograms({v.title: v.filtered.image for v in shown}),
    key="histograms",
    alt="Brightness histograms",
)
