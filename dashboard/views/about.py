"""About: use, limits, privacy, versions."""

from importlib.metadata import version

import pandas as pd
import streamlit as st

from dashboard import phrases
from dashboard.phrases import about as text

PACKAGES = ("streamlit", "torch", "torchvision", "grad-cam", "pydicom", "scikit-learn", "plotly", "pandas")

st.subheader(text.TITLE, anchor=False)
st.warning(phrases.FOOTER, icon=":material/warning:")
left, right = st.columns(2, gap="large")
with left:
    st.markdown(text.USE)
with right:
    st.markdown(text.PRIVACY)
    st.dataframe(pd.DataFrame([{"package": p, "version": version(p)} for p in PACKAGES]), hide_index=True, height="content")
