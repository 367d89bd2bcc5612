"""Models: the card of each checkpoint."""

import pandas as pd
import streamlit as st

from core.models.card import Card
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.phrases import models as text


def _rows(card: Card) -> dict[str, str]:
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
        "licence": card.licence,
        "initial weights": card.initial_weights,
        "numeric precision": text.PRECISIONS[card.precision],
        "trained": card.created,
        "weights": weights.sha256[:4],
    }


st.subheader(text.MODELS, anchor=False)
cards = checkpoints.cards()
if not cards:
    st.info(phrases.EMPTY_REPORTS, icon=":material/badge:")
for card in cards:
    with st.container(border=True):
        st.markdown(f"#### {phrases.escaped(card.title)}")
        st.text(card.summary)
        st.text(phrases.tested(card))
        st.text(text.BASELINE.format(value=card.majority_baseline.text()))
        left, right = st.columns([3, 2], gap="medium")
        with left:
            rows = {k: phrases.escaped(v) for k, v in _rows(card).items()}
            st.table(pd.DataFrame(rows.items()), border="horizontal", hide_index=True, hide_header=True)
        with right:
            st.caption(text.INTENDED)
            st.text(card.intended_use)
            st.caption(text.LIMITS)
            for limit in card.limits:
                st.text(f"• {limit}")
            if card.data.waiver:
                st.caption(text.WAIVER)
                st.text(card.data.waiver)
        with st.expander(text.RECIPE):
            st.json({"recipe": card.recipe, "versions": card.versions}, expanded=1)
