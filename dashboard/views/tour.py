"""Tour: what its steps show, and the button that starts it."""

import streamlit as st

from dashboard.learn import tour
from dashboard.phrases import session as text

st.subheader(text.TOUR_TITLE, anchor=False)
st.caption(text.TOUR_ABOUT)
tour.start_button()
for n, step in enumerate(text.TOUR, 1):
    st.markdown(f"{n}. **{step.title}**: {step.text}")
