"""Notes: a description of a finding becomes a score, with what was understood and what moved it."""

import streamlit as st

from core.errors import SecondReaderError
from dashboard import note, phrases, resources

st.subheader("Notes", anchor=False)
st.caption(phrases.NOTES_ABOUT)
try:
    model = resources.note_model()
except SecondReaderError as e:
    st.warning("Notes cannot be read.", icon=":material/warning:")
    st.text(str(e))
    st.stop()

left, right = st.columns([5, 4], gap="large")
with left:
    text = st.text_area("Note", key="note_text", height=150, placeholder=phrases.EMPTY_NOTES, max_chars=5000)
    note.picker()
with right:
    if text.strip():
        note.score(model, text)
    else:
        st.info("No note yet.", icon=":material/description:")
    st.caption(note.tested(model.card))
with st.expander("A table of notes"):
    note.batch(model)
