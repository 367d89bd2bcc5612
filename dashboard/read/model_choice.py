"""Which checkpoint reads the open case: chosen by the case's kind, changeable, never across domains without being asked."""

import streamlit as st

from core.inference.default_model import default_card, mismatch, reason
from core.models.card import Card
from core.scans import Scan
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.session.worklist import Case


def choose(case: Case) -> tuple[Card | None, bool]:
    """Draw the selector; returns the card, or None where none may read the case, and whether any domain is allowed."""
    cards = checkpoints.cards()
    if not cards:
        st.info("There is no checkpoint, so nothing can be scored.", icon=":material/info:")
        return None, False
    preferred = default_card(cards, case.scan)
    names = [c.name for c in cards]
    start = names.index(preferred.name) if preferred else 0
    kind = "phantom" if case.scan.synthetic else "mammogram"
    name = st.selectbox("Checkpoint", names, index=start, key=_key(case.scan), format_func=lambda n: cards[names.index(n)].title)
    card = cards[names.index(name)]
    why = mismatch(card, case.scan)
    allowed = False
    if why:
        st.warning(why, icon=":material/block:")
        allowed = st.checkbox("Score it all the same; the result means nothing", key=f"any_{kind}_{name}")
        if not allowed:
            return None, False
    elif preferred is not None and card.name == preferred.name:
        st.caption(reason(card, case.scan))
    st.caption(phrases.tested(card))
    return card, allowed


def chosen(scan: Scan) -> str | None:
    """Name of the checkpoint that the user chose for images of this one's kind; None where there was no choice yet."""
    return st.session_state.get(_key(scan))


def _key(scan: Scan) -> str:
    return f"checkpoint_{'phantom' if scan.synthetic else 'mammogram'}"
