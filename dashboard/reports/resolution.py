"""Metrics by input resolution."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.phrases import reports as text

if TYPE_CHECKING:
    from core.evaluation.resolution_report import ResolutionReport


def resolution(found: "ResolutionReport") -> None:
    """AUROC and rates by micrometres a pixel."""
    rows = [
        {
            "input": f"{x.size[0]} × {x.size[1]} pixels",
            "µm a pixel": f"{x.microns:.0f}" if x.microns else "unknown",
            "AUROC": x.auroc.text(),
            "Sensitivity": x.sensitivity.text(),
            "Specificity": x.specificity.text(),
            "AUROC difference": x.difference.text() if x.difference else "–",
            **{f"AUROC {c}": e.text() for c, e in x.by_class.items()},
        }
        for x in found.levels
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    seen = text.SEEN["test" if found.split == "test" else "all"]
    st.caption(text.RESOLUTION_ABOUT.format(n=found.n, patients=found.n_patients, seen=seen))
