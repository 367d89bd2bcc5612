"""A custom 3×3 kernel: a table to write in, with presets to start from."""

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import FilterError
from core.imaging.filters import PRESETS, checked_kernel, sums_to_zero
from dashboard.phrases import filters as text

COLUMNS, ROWS = ("left", "middle", "right"), ("above", "middle", "below")


def editor() -> np.ndarray | None:
    """Draw the editor; the kernel to apply, float32 (3, 3), or None, with the reason on the page, where it is not valid."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        preset = st.selectbox("Start from", tuple(PRESETS), format_func=lambda name: text.KERNELS.get(name, name), key="kernel_preset")
        columns = {name: st.column_config.NumberColumn(name, format="%.4g") for name in COLUMNS}
        # The preset is part of the key, so that another one replaces what was typed.
        written = st.data_editor(start(preset), key=f"kernel_{preset}", num_rows="fixed", disabled=["_index"], column_config=columns)
        normalise = st.toggle(text.NORMALISE, key="kernel_normalise", help=text.NORMALISE_HELP)
    with right:
        st.caption(text.KERNEL_ABOUT)
        try:
            entries = written.to_numpy(float)
            kernel = checked_kernel(entries, normalise)
        except FilterError as e:
            st.warning(e.what, icon=":material/grid_on:")
            st.text(e.remedy)
            return None
        st.text(effect(entries, kernel, normalise))
    return kernel


def start(preset: str) -> pd.DataFrame:
    """The table a preset begins with."""
    return pd.DataFrame(PRESETS[preset].astype(float), columns=COLUMNS, index=ROWS)


def effect(entries: np.ndarray, kernel: np.ndarray, normalise: bool) -> str:
    """What the sum of the entries does to brightness, in one or two sentences."""
    if sums_to_zero(entries):
        return text.SUM_ZERO + (text.SUM_ZERO_NORMALISED if normalise else "")
    if normalise:
        return text.SUM_NORMALISED.format(total=entries.sum())
    return text.SUM_ONE if abs(kernel.sum() - 1) <= 1e-4 else text.SUM_OTHER.format(total=kernel.sum())
