"""Results by image, breast and patient, and by subgroup."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.phrases import reports as text

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport


def subgroups(report: "EvaluationReport") -> None:
    """Draw the tab."""
    st.markdown(f"##### {text.LEVELS}")
    rows = [
        {
            "level": x.level,
            "aggregation": "–" if x.aggregation == "none" else x.aggregation,
            "n": x.n,
            "AUROC": x.auroc.text(),
            "sensitivity": x.sensitivity.text(),
            "specificity": x.specificity.text(),
        }
        for x in report.by_level
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    st.caption(text.LEVELS_ABOUT)
    st.markdown(f"##### {text.SUBGROUPS}")
    if not report.subgroups:
        st.caption(text.NO_SUBGROUPS)
        return
    rows = [
        {
            "by": x.stratum,
            "group": x.value,
            "images": x.n,
            "patients": x.n_patients,
            "positive": x.n_positive,
            "AUROC": x.auroc.text(),
            "sensitivity": x.sensitivity.text(),
            "warning": x.warning,
        }
        for x in report.subgroups
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    st.caption(text.SUBGROUPS_ABOUT)
