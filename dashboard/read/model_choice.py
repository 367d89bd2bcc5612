"""Which model reads the open view: the default for its kind, changeable; across domains only on the user's word."""

import streamlit as st

from core.inference.default_model import default_card, mismatch, reason
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.cache.keys import Chosen
from dashboard.phrases import read as text
from dashboard.session.view_settings import model_widget
from dashboard.session.worklist import Case


def choose(case: Case) -> Chosen | None:
    """Draw the selector; None where no model may read the view."""
    cards = {c.name: c for c in checkpoints.cards()}
    if not cards:
        st.info(text.NO_MODEL, icon=":material/info:")
        return None
    preferred = default_card(list(cards.values()), case.scan)
    start = list(cards).index(preferred.name) if preferred else 0
    key = model_widget(case.scan)
    name = st.selectbox(text.MODEL, list(cards), index=start, key=key, format_func=lambda n: cards[n].title)
    card = cards[name]
    why = mismatch(card, case.scan)
    if why:
        st.warning(why, icon=":material/block:")
        if not st.checkbox(text.ANY_DOMAIN, key=f"any_{key}_{name}"):
            return None
    elif preferred is not None and name == preferred.name:
        st.caption(reason(card, case.scan))
    st.caption(phrases.tested(card))
    return Chosen(card, any_domain=bool(why))
