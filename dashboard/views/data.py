"""Check a folder: what a data folder holds, an audit of it, its images by class, and their augmentation by a recipe."""

import pandas as pd
import streamlit as st

from dashboard.data.choose import choose, summary
from dashboard.data.folder import audit, augmented, gallery
from dashboard.phrases import data as text

st.subheader(text.TITLE, anchor=False)
found = choose()
if found is None:
    st.stop()
folder, manifest, card = found
summary(card)
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
    st.page_link("views/train.py", label=text.TRAIN, icon=":material/model_training:")
st.markdown(f"##### {text.GALLERY}")
gallery(manifest, card)
st.markdown(f"##### {text.AUGMENTATION}")
augmented(manifest)
