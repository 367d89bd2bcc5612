"""Notes: a description of a finding becomes a score, with what was recognised and each term's contribution."""

import streamlit as st

from core.errors import SecondReaderError
from dashboard.cache import checkpoints
from dashboard.notes.panel import batch, picker, score, tested
from dashboard.phrases import notes as text

st.subheader(text.TITLE, anchor=False)
st.caption(text.ABOUT)
try:
    model = checkpoints.note_model()
except SecondReaderError as e:
    st.warning(text.UNAVAILABLE, icon=":material/warning:")
    st.text(str(e))
    st.stop()

left, right = st.columns([5, 4], gap="large")
with left:
    note = st.text_area(text.NOTE, key="note_text", height=150, placeholder=text.PLACEHOLDER, max_chars=5000)
    picker()
with right:
    if note.strip():
        score(model, note)
    else:
        st.info(text.EMPTY, icon=":material/description:")
    st.caption(tested(model.card))
with st.expander(text.TABLE):
    batch(model)
