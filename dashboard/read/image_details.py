"""Image details: warnings, assumptions and numbers of the open view's file, and side and view set by the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.phrases import read as text
from dashboard.read import view_identity
from dashboard.session.worklist import Case

if TYPE_CHECKING:
    from core.inference.prediction import Prediction


def render(case: Case, prediction: Prediction | None) -> None:
    """Warnings of the file, the form for side and view, and the details in an expander."""
    scan = case.scan
    for warning in scan.warnings:
        st.warning(warning, icon=":material/warning:")
    for line in scan.score_assumptions:
        st.text(line)
    with st.popover(text.SET_VIEW, icon=":material/edit:", width="stretch", key="view_identity"):
        view_identity.render(case)
    with st.expander(text.IMAGE_DETAILS):
        for line in [a for a in scan.assumptions if a not in scan.score_assumptions] or (text.NO_ASSUMPTIONS,):
            st.text(line)
        for line in prediction.notes if prediction else ():
            st.text(line)
        rows = _of_file(case) | (_of_prediction(prediction) if prediction else {})
        st.dataframe(pd.DataFrame(rows.items(), columns=["", "value"]), hide_index=True, height="content")


def _of_file(case: Case) -> dict[str, str]:
    scan = case.scan
    return {
        "format": scan.source_format,
        "size": f"{scan.shape[1]} × {scan.shape[0]} pixels, {scan.bits} bits",
        "pixel size": f"{scan.spacing_mm[0]:.3f} × {scan.spacing_mm[1]:.3f} mm (est.)" if scan.spacing_mm else text.UNKNOWN,
        "sha256": scan.sha256[:16],
    }


def _of_prediction(prediction: Prediction) -> dict[str, str]:
    rows = {f"probability {k}": f"{v:.4f}" for k, v in prediction.probabilities.items()}
    rows |= {f"logit {k}": f"{v:.3f}" for k, v in zip(prediction.probabilities, prediction.logits, strict=True)}
    return rows | {"one input pixel": f"{prediction.microns:.0f} µm" if prediction.microns else text.UNKNOWN}
