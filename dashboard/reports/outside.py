"""Outside tests: every model for mammograms on the sources that it was not trained on, as a matrix; and one model's in sentences."""

import pandas as pd
import streamlit as st

from core.models.card import Card
from core.models.outside_results import OutsideResult
from dashboard.cache import checkpoints
from dashboard.phrases import reports as text


def outside(card: Card) -> None:
    """Draw the matrix of the models with this one's kind of score; nothing where none of them was measured."""
    titles = checkpoints.titles()
    found = {titles[c.name]: checkpoints.outside(c.name) for c in checkpoints.cards() if not c.synthetic}
    positives = {r.positive for r in checkpoints.outside(card.name)}
    found = {title: rows for title, rows in found.items() if positives & {r.positive for r in rows}}
    if not found:
        return
    st.markdown(f"##### {text.OUTSIDE}")
    sources = sorted({r.source for rows in found.values() for r in rows})
    table = pd.DataFrame([{text.MODEL: title, **_cells(rows, sources)} for title, rows in found.items()])
    st.dataframe(table, hide_index=True, height="content")
    st.caption(text.OUTSIDE_ABOUT)


def _cells(rows: tuple[OutsideResult, ...], sources: list[str]) -> dict[str, str]:
    by_source = {r.source: r for r in rows}
    return {s: by_source[s].auroc.text() if s in by_source else text.OUTSIDE_OWN for s in sources}
