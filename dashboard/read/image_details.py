"""What is known of the open view's file: warnings, assumptions, numbers, and side and view by hand."""

import pandas as pd
import streamlit as st

from dashboard.session import worklist
from dashboard.session.worklist import Case


def panel(case: Case, prediction) -> None:
    """Warnings of the file, the form for side and view, and two lists to fold out; `reading` is None where there is no score."""
    scan = case.scan
    for warning in scan.warnings:
        st.warning(warning, icon=":material/warning:")
    for line in scan.score_assumptions:
        st.text(line)
    if scan.laterality is None or scan.view is None:
        _name_view(case)
    with st.expander("What was assumed"):
        for line in [a for a in scan.assumptions if a not in scan.score_assumptions] or ("Nothing: the file says it all.",):
            st.text(line)
        if prediction is not None:
            for line in prediction.notes:
                st.text(line)
    with st.expander("Raw numbers"):
        rows = {
            "format": scan.source_format,
            "size": f"{scan.shape[1]} × {scan.shape[0]} pixels, {scan.bits} bits",
            "pixel size": f"{scan.spacing_mm[0]:.3f} × {scan.spacing_mm[1]:.3f} mm (est.)" if scan.spacing_mm else "unknown",
            "sha256": scan.sha256[:16],
        }
        if prediction is not None:
            rows |= {f"probability {k}": f"{v:.4f}" for k, v in prediction.probabilities.items()}
            rows |= {f"logit {k}": f"{v:.3f}" for k, v in zip(prediction.probabilities, prediction.logits, strict=True)}
            rows["one input pixel"] = f"{prediction.microns:.0f} µm" if prediction.microns else "unknown"
        st.dataframe(pd.DataFrame(rows.items(), columns=["", "value"]), hide_index=True, height="content")


def _name_view(case: Case) -> None:
    """Side and view by hand, where the file does not tell them."""
    with st.popover("Set side and view", icon=":material/edit:", width="stretch"):
        side = st.segmented_control("Side", ["R", "L"], default=case.scan.laterality, key=f"side_{case.key[:12]}")
        view = st.segmented_control("View", ["CC", "MLO"], default=case.scan.view, key=f"view_{case.key[:12]}")
        st.caption("Views named by hand hang together as one exam.")
        ready = bool(side and view)
        st.button("Set", key="name_view", on_click=worklist.name_view, args=(case.key, side, view), disabled=not ready, width="stretch")
