"""The choice of a data folder, its summary, and what stands there before one is chosen."""

import shutil
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import SecondReaderError
from core.labels import SPACES
from dashboard import phrases
from dashboard.cache import datasets
from dashboard.data.access import checked, on_loopback
from dashboard.phrases import data as text
from dashboard.session import worklist
from dashboard.session.cancellable import cancellable

if TYPE_CHECKING:
    from core.datasets.data_card import DataCard
    from core.datasets.manifest import Manifest

FOLDER = "data_folder"  # key of the widget on both pages
CHOSEN, DRAWN = "chosen_folder", "drawn_folder"  # found again on the other page; chosen with the next run
EXAMS, SEED = 60, 7  # the test part of so many has more than 30 images


def choose() -> "tuple[str, Manifest, DataCard] | None":
    """Draw the choice; folder, Manifest and DataCard, or None, with the reason or an action on the page."""
    left, right = st.columns([3, 1])
    known = datasets.data_folders()
    if DRAWN in st.session_state:
        worklist.set_state(FOLDER, st.session_state[DRAWN])
        worklist.drop_state(DRAWN)
    chosen = st.session_state.get(FOLDER) or st.session_state.get(CHOSEN)
    known += [chosen] if chosen and chosen not in known else []
    folder = left.selectbox(
        text.FOLDER,
        known,
        index=known.index(chosen) if chosen in known else None,
        accept_new_options=True,
        key=FOLDER,
        placeholder="/path/to/images",
        help=text.FOLDER_HELP,
    )
    space = right.selectbox(text.LABEL_SPACE, [text.OWN_SPACE, *SPACES], key="data_space")
    if not folder:
        _empty()
        return None
    try:
        manifest, card = datasets.dataset(checked(folder), None if space not in SPACES else space)
    except SecondReaderError as e:
        st.warning(text.UNUSABLE, icon=":material/warning:")
        st.text(str(e))
        return None
    worklist.set_state(CHOSEN, folder)
    return checked(folder), manifest, card


def summary(card: "DataCard") -> None:
    """Images, patients, and what else counts, in a row."""
    with st.container(horizontal=True):
        st.metric(text.IMAGES, card.images, border=True)
        st.metric(text.PATIENTS, card.patients, border=True)
        st.metric(text.MOST, card.largest_patient, border=True)
        st.metric(text.ANNOTATED, card.with_regions, border=True)
        if card.cramers_v is not None:  # one source has no association
            st.metric(text.CRAMER, f"{card.cramers_v:.2f}", border=True, help=text.CRAMER_HELP)
    if card.synthetic:
        st.badge(phrases.SYNTHETIC, icon=":material/science:", color="gray")


def _empty() -> None:
    st.info(text.EMPTY, icon=":material/folder_open:")
    if not on_loopback():
        return
    target = datasets.drawn_folder()
    if not target.exists() and st.button(text.DRAW.format(n=EXAMS), key="draw_phantoms", icon=":material/draw:", help=text.DRAW_HELP):
        from core.datasets import phantom

        part = target.with_name(target.name + ".part")
        try:
            with cancellable(text.DRAWING, "draw", _discard, str(part)) as progress:
                phantom.make(part, EXAMS, SEED, size="small", formats=("png",), progress=lambda done: progress(done, EXAMS))
            part.rename(target)
        except SecondReaderError as e:
            st.text(str(e))
            return
        worklist.set_state(DRAWN, target.as_posix())
        st.rerun()
    st.caption(text.PUBLIC)


def _discard(part: str) -> None:
    shutil.rmtree(part, ignore_errors=True)
