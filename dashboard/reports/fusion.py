"""What the fusion of a checkpoint's score with the notes' score came to on the same test images."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import phrases
from dashboard.phrases.read import FUSION_ROWS


def render(found: dict[str, Any]) -> None:
    """Draw what a fusion.json holds: image, text and both."""
    n, control = found["n"]["test"], found["control"]
    for sentence in found["limits"]:
        st.text(sentence)
    described = f"{n['described']} test images with a scored text, of {n['patients_described']} patients"
    blocks = {
        f"{described}.": (found["figures"]["described"], found["differences"]["described"]),
        f"All {n['images']} test images; the image alone where there is no such text.": (
            found["figures"]["all"],
            found["differences"]["all"],
        ),
        f"{described}; {control['exchanged']:.0%} of the texts exchanged between images, refitted.": (
            control["figures"],
            control["differences"],
        ),
    }
    for title, (figures, differences) in blocks.items():
        st.text(title)
        rows = [
            {"score of": name, **{phrases.METRICS[m]: phrases.estimate(e, 3) for m, e in figures[k].items()}}
            for k, name in FUSION_ROWS.items()
            if k in figures
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
        for name, d in differences.items():
            st.text(f"AUROC, {name}: {phrases.estimate(d['auroc'], 3)}{_delong(d['delong'])}")
    st.caption(f"Scores of {found['checkpoint']} and {found['note_model']}, combined by a logistic regression on the validation part.")


def _delong(test: dict[str, Any] | None) -> str:
    return f"; DeLong's paired test z {test['z']:.2f}, p {test['p']:.3g} ({test['note']})" if test else ""
