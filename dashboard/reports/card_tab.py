"""A model's card: what it is, what it is for, what it was trained on; the reporting checklist."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.models.card import Card
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.phrases import models as text
from dashboard.phrases import reports
from dashboard.reports import fusion

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport


def card(card: Card, report: "EvaluationReport | None" = None) -> None:
    """Draw the card; with a report, the checklist as well. What limits the model stands among the page's caveats."""
    st.text(card.summary)
    left, right = st.columns([3, 2], gap="large")
    with left:
        rows = {text.ROWS[k]: phrases.escaped(v) for k, v in _rows(card).items()}
        st.table(pd.DataFrame(rows.items()), border="horizontal", hide_index=True, hide_header=True)
    with right:
        st.markdown(f"##### {text.INTENDED}")
        st.text(card.intended_use)
        if report is None:
            st.markdown(f"##### {reports.CAVEATS}")
            st.markdown("\n".join(f"- {phrases.escaped(limit)}" for limit in card.limits))
    if (found := checkpoints.sidecar(card, "fusion.json")) is not None:
        with st.expander(reports.WITH_NOTES):
            fusion.render(found)
    if report is not None:
        with st.expander(reports.CHECKLIST):
            from core.evaluation.checklist import checklist

            st.dataframe(pd.DataFrame([asdict(i) for i in checklist(card, report)]), hide_index=True, height=420)


def _rows(card: Card) -> dict[str, str]:
    data, weights = card.data, card.weights
    return {
        "architecture": card.architecture,
        "parameters": f"{weights.parameters:,}, stored as {weights.dtype}",
        "classes": ", ".join(card.label_space.classes),
        "score": f"calibrated probability of “{card.label_space.positive}”, temperature {card.temperature:.2f}",
        "threshold": f"{card.threshold:.3f}: {card.threshold_rule}",
        "input": f"{card.input.size[0]} × {card.input.size[1]} pixels, crop {card.input.crop}, filter {card.input.filter}",
        "data": ", ".join(data.sources) + (f" ({phrases.SYNTHETIC})" if data.synthetic else ""),
        "images": ", ".join(f"{s} {n} ({data.patients.get(s, 0)})" for s, n in data.images.items()),
        "licence": card.licence,
        "initial_weights": card.initial_weights,
        "precision": text.PRECISIONS[card.precision],
        "trained": card.created,
        "weights": weights.sha256[:4],
    }
