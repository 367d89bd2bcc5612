"""Notes: a description of a finding becomes a score, with what was understood and what moved it."""

import streamlit as st

from core.errors import SecondReaderError
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.notes import panel

st.subheader("Notes", anchor=False)
st.caption(phrases.NOTES_ABOUT)
try:
    model = checkpoints.note_model()
except SecondReaderError as e:
    st.warning("Notes cannot be read.", icon=":material/warning:")
    st.text(str(e))
    st.stop()

left, right = st.columns([5, 4], gap="large")
with left:
    text = st.text_area("Note", key="note_text", height=150, placeholder=phrases.EMPTY_NOTES, max_chars=5000)
    panel.picker()
with right:
    if text.strip():
        panel.score(model, text)
    else:
        st.info("No note yet.", icon=":material/description:")
    st.caption(panel.tested(model.card))
with st.expander("A table of notes"):
    panel.batch(model)
