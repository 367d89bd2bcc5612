"""Data: what a folder holds, an audit of it, its images by class, and their augmentation by a recipe."""

import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from core.labels import SPACES
from dashboard import phrases
from dashboard.cache import datasets
from dashboard.data.folder import audit, augmented, gallery
from dashboard.phrases import data as text

st.subheader(text.TITLE, anchor=False)
left, right = st.columns([3, 1])
known = datasets.data_folders()
folder = left.selectbox(
    text.FOLDER,
    known,
    index=None,
    accept_new_options=True,
    key="data_folder",
    placeholder="/path/to/images",
    help=text.FOLDER_HELP,
)
space = right.selectbox(text.LABEL_SPACE, [text.OWN_SPACE, *SPACES], key="data_space")
if not folder:
    st.info(text.EMPTY, icon=":material/folder_open:")
    st.stop()
try:
    manifest, card = datasets.dataset(folder, None if space not in SPACES else space)
except SecondReaderError as e:
    st.warning(text.UNUSABLE, icon=":material/warning:")
    st.text(str(e))
    st.stop()

with st.container(horizontal=True):
    st.metric(text.IMAGES, card.images, border=True)
    st.metric(text.PATIENTS, card.patients, border=True)
    st.metric(text.MOST, card.largest_patient, border=True)
    st.metric(text.ANNOTATED, card.with_regions, border=True)
    if card.cramers_v is not None:  # one source has no association
        st.metric(text.CRAMER, f"{card.cramers_v:.2f}", border=True, help=text.CRAMER_HELP)
if card.synthetic:
    st.info(phrases.SYNTHETIC, icon=":material/science:")
left, right = st.columns(2, gap="large")
with left:
    st.markdown(f"##### {text.CLASS_SOURCE}")
    table = pd.DataFrame([{"class": c, **row, "all": sum(row.values())} for c, row in card.table.items()])
    st.dataframe(table, hide_index=True, height="content")
    for title, counts in (("Views", card.views), ("Density", card.densities)):
        st.text(f"{title}: " + ", ".join(f"{k} {n}" for k, n in counts.items()))
with right:
    st.markdown(f"##### {text.LICENCE}")
    st.text(card.terms)
    for trap in card.traps:
        st.text(f"• {trap}")
    audit(manifest, folder)
st.markdown(f"##### {text.GALLERY}")
gallery(manifest, card)
st.markdown(f"##### {text.AUGMENTATION}")
augmented(manifest)
