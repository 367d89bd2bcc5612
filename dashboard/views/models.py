"""Models: the card of each checkpoint, in words."""

import pandas as pd
import streamlit as st

from dashboard import phrases
from dashboard.cache import checkpoints


def _rows(card):
    data, weights = card.data, card.weights
    return {
        "architecture": card.architecture,
        "parameters": f"{weights.parameters:,}, stored as {weights.dtype}",
        "classes": ", ".join(card.label_space.classes),
        "score": f"calibrated probability of “{card.label_space.positive}”, temperature {card.temperature:.2f}",
        "threshold": f"{card.threshold:.3f}: {card.threshold_rule}",
        "input": f"{card.input.size[0]} × {card.input.size[1]} pixels, crop {card.input.crop}, filter {card.input.filter}",
        "data": ", ".join(data.sources) + (" (SYNTHETIC)" if data.synthetic else ""),
        "images (patients)": ", ".join(f"{s} {n} ({data.patients.get(s, 0)})" for s, n in data.images.items()),
        "terms": card.licence,
        "first weights": card.initial_weights,
        "training's arithmetic": {"32-true": "32 bit", "bf16-mixed": "bfloat16 where it is safe, else 32 bit"}[card.precision],
        "trained": card.created,
        "weights sha256": weights.sha256[:16],
    }


st.subheader("Models", anchor=False)
cards = checkpoints.cards()
if not cards:
    st.info(phrases.EMPTY_REPORTS, icon=":material/badge:")
for card in cards:
    with st.container(border=True):
        st.markdown(f"#### {phrases.escaped(card.title)}")
        st.text(card.summary)
        st.text(phrases.tested(card))
        base = card.majority_baseline
        st.text(f"Majority baseline: accuracy {phrases.estimate(base.model_dump())}.")
        left, right = st.columns([3, 2], gap="medium")
        with left:
            rows = {k: phrases.escaped(v) for k, v in _rows(card).items()}
            st.table(pd.DataFrame(rows.items()), border="horizontal", hide_index=True, hide_header=True)
        with right:
            st.caption("Intended use")
            st.text(card.intended_use)
            st.caption("Limits")
            for limit in card.limits:
                st.text(f"• {limit}")
            if card.data.waiver:
                st.caption("Waiver")
                st.text(card.data.waiver)
        with st.expander("Recipe and versions"):
            st.json({"recipe": card.recipe, "versions": card.versions}, expanded=1)
