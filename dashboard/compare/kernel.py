"""A 3×3 kernel of the reader's own: a table to write in, with presets to start from."""

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import FilterError
from core.imaging.filters import PRESETS, checked_kernel, sums_to_zero
from dashboard import phrases

COLUMNS, ROWS = ("left", "middle", "right"), ("above", "middle", "below")


def editor() -> np.ndarray | None:
    """Draw the editor; the kernel to lay over the image, float32 (3, 3), or None, with the reason, where it is none."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        preset = st.selectbox("Start from", list(PRESETS), format_func=phrases.KERNELS.get, key="kernel_preset")
        # The preset is part of the key, so that another one replaces what was typed.
        written = st.data_editor(
            start(preset),
            key=f"kernel_{preset}",
            num_rows="fixed",
            disabled=["_index"],
            column_config={name: st.column_config.NumberColumn(name, format="%.4g") for name in COLUMNS},
            alt="Nine entries of the kernel",
        )
        normalise = st.toggle("Divide by the sum", key="kernel_normalise", help="So that the mean brightness stays as it is.")
    with right:
        st.caption(phrases.KERNEL_ABOUT)
        try:
            numbers = written.to_numpy(float)
            kernel = checked_kernel(numbers, normalise)
        except FilterError as e:
            st.warning(e.what, icon=":material/grid_on:")
            st.text(e.remedy)
            return None
        _words(numbers, kernel, normalise)
    return kernel


def start(preset: str) -> pd.DataFrame:
    """The table a preset begins with."""
    return pd.DataFrame(PRESETS[preset].astype(float), columns=COLUMNS, index=ROWS)


def _words(numbers: np.ndarray, kernel: np.ndarray, normalise: bool) -> None:
    if sums_to_zero(numbers):
        left = " It cannot be divided by its sum, and is used as written." if normalise else ""
        st.text(f"The entries sum to 0: flat areas become black, and of edges only the rising side shows.{left}")
    elif normalise:
        st.text(f"Divided by its sum, {numbers.sum():.4g}; the entries now sum to 1.")
    elif abs(kernel.sum() - 1) > 1e-4:
        st.text(f"The entries sum to {kernel.sum():.4g}: flat areas change their brightness by this factor, up to white or black.")
    else:
        st.text("The entries sum to 1: flat areas keep their brightness.")
