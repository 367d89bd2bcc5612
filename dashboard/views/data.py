"""Data: what a folder holds, an audit of it, its images by class, and what a recipe does to them."""

import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from core.labels import SPACES
from dashboard import phrases
from dashboard.cache import datasets
from dashboard.data import folder as folder_page

st.subheader("Data", anchor=False)
left, right = st.columns([3, 1])
known = datasets.data_folders()
folder = left.selectbox(
    "Folder",
    known,
    index=None,
    accept_new_options=True,
    key="data_folder",
    placeholder="/path/to/images",
    help=phrases.DATA_HELP,
)
space = right.selectbox("Label space", ["the source's own", *SPACES], key="data_space")
if not folder:
    st.info(phrases.EMPTY_DATA, icon=":material/folder_open:")
    st.stop()
try:
    manifest, card = datasets.dataset(folder, None if space not in SPACES else space)
except SecondReaderError as e:
    st.warning("The folder cannot be used.", icon=":material/warning:")
    st.text(str(e))
    st.stop()

with st.container(horizontal=True):
    for title, value in (
        ("Images", card.images),
        ("Patients", card.patients),
        ("Most of one patient", card.largest_patient),
        ("With regions", card.with_regions),
        ("Class and source (Cramér's V)", "one source" if card.cramers_v is None else f"{card.cramers_v:.2f}"),
    ):
        st.metric(title, value, border=True)
if card.synthetic:
    st.info(phrases.SYNTHETIC, icon=":material/science:")
left, right = st.columns(2, gap="large")
with left:
    st.markdown("##### Class and source")
    table = pd.DataFrame([{"class": c, **row, "all": sum(row.values())} for c, row in card.table.items()])
    st.dataframe(table, hide_index=True, height="content")
    for title, counts in (("Views", card.views), ("Density", card.densities)):
        st.text(f"{title}: " + ", ".join(f"{k} {n}" for k, n in counts.items()))
with right:
    st.markdown("##### Terms and traps")
    st.text(card.terms)
    for trap in card.traps:
        st.text(f"• {trap}")
    folder_page.audit(manifest, folder)
st.markdown("##### Images")
folder_page.gallery(manifest, card)
st.markdown("##### What a recipe does to an image in training")
folder_page.augmented(manifest)
