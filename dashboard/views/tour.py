"""Tour: what its steps show, and the button that starts it."""

import streamlit as st

from dashboard.learn import tour
from dashboard.phrases import learn as text

st.subheader(text.TOUR_TITLE, anchor=False)
st.caption(text.TOUR_ABOUT)
tour.start_button()
st.markdown("\n".join(f"{n}. **{step.words.title}.** {step.words.text}" for n, step in enumerate(tour.STEPS, 1)))
