"""Which model reads the open view: the default for its kind, changeable; across domains only on the user's word."""

import streamlit as st

from core.inference.default_model import default_card, mismatch, reason
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.cache.keys import Chosen
from dashboard.phrases import read as text
from dashboard.session import ai_result, audit, worklist
from dashboard.session.view_settings import image_kind
from dashboard.session.worklist import Case


def choose(case: Case) -> Chosen | None:
    """Draw the selector; None where no model may read the view."""
    cards = {c.name: c for c in checkpoints.cards()}
    card = ai_result.model_of(case.scan)
    if card is None:
        st.info(text.NO_MODEL, icon=":material/info:")
        return None
    kind = image_kind(case.scan)
    key, names = f"model_{kind}", list(cards)
    args, titles = (kind, key), {n: c.title for n, c in cards.items()}
    at = names.index(card.name)
    st.selectbox(text.MODEL, names, at, titles.__getitem__, key=key, on_change=worklist.settings().take_model, args=args)
    confirm_domain(case)
    preferred = default_card(list(cards.values()), case.scan)
    if preferred is not None and card.name == preferred.name and mismatch(card, case.scan) is None:
        st.caption(reason(card, case.scan))
    st.caption(phrases.tested(card))
    return ai_result.chosen_for(case.scan)


def confirm_domain(case: Case) -> None:
    """Where the model was not made for such images: say so, and score only on the user's word."""
    card = ai_result.model_of(case.scan)
    why = mismatch(card, case.scan) if card else None
    if card is None or why is None:
        return
    st.warning(why, icon=":material/block:")
    allowed = worklist.settings().any_domain
    if card.name not in allowed:
        st.button(text.ANY_DOMAIN, key=f"any_{card.name}", on_click=_allow, args=(card.name,), width="stretch")


def _allow(name: str) -> None:
    audit.record("settings", detail=f"any domain: {name}")
    worklist.settings().any_domain.add(name)
