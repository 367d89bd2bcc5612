"""Parts of the Data page: the audit, the gallery by class, and a recipe's augmentation of one image."""

import pandas as pd
import streamlit as st

from core.datasets.data_card import DataCard
from core.datasets.manifest import Manifest
from core.errors import SecondReaderError
from dashboard.cache import datasets
from dashboard.phrases import data as text
from dashboard.session import worklist
from dashboard.session.cancellable import cancellable

ACROSS, SHOWN, DRAWS = 6, 12, 11


@st.fragment
def audit(manifest: Manifest, folder: str) -> None:
    """A button, then what the audit found, with the pairs of images."""
    st.markdown(f"##### {text.AUDIT}")
    key = f"audited_{manifest.sha256[:12]}"
    if st.button(text.AUDIT, icon=":material/fact_check:", key="audit", help=text.AUDIT_HELP):
        worklist.set_state(key, True)
    if not st.session_state.get(key):
        st.caption(text.AUDIT_PENDING)
        return
    try:
        with cancellable(text.AUDIT_RUNNING, "audit", worklist.set_state, key, False) as progress:
            findings = datasets.audited(manifest, progress)
    except SecondReaderError as e:
        st.warning(text.AUDIT_STOPPED, icon=":material/warning:")
        st.text(str(e))
        return
    if not findings:
        st.success(text.AUDIT_CLEAN.format(n=len(manifest.items)), icon=":material/check:")
    for n, f in enumerate(findings):
        (st.error if f.stops else st.warning)(text.AUDIT_LEAKAGE if f.stops else text.AUDIT_NOTE, icon=":material/rule:")
        st.text(f.sentence)
        if f.pairs:
            st.dataframe(pd.DataFrame(_safe(manifest, f.pairs), columns=["first", "second"]), hide_index=True, height=180, key=f"pairs_{n}")


def _safe(manifest: Manifest, pairs: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Pairs by safe names: number of the image in the set, and the patient's key."""
    at = {i.path: f"image {n + 1} ({i.patient_key[:6]})" for n, i in enumerate(manifest.items)}
    return [(at[a], at[b]) for a, b in pairs[:200]]


@st.fragment
def gallery(manifest: Manifest, card: DataCard) -> None:
    """Images of one class, a dozen a page, named by an opaque key of the patient."""
    chosen = st.segmented_control("Class", list(card.table), default=next(iter(card.table)), key="data_class", label_visibility="collapsed")
    rows = [(n, i) for n, i in enumerate(manifest.items) if (i.label or "none") == chosen]
    pages = max(1, -(-len(rows) // SHOWN))
    page = st.number_input(f"Page of {pages}", 1, pages, key=f"data_page_{chosen}", width=160) if pages > 1 else 1
    columns = st.columns(ACROSS)
    for n, (number, item) in enumerate(rows[SHOWN * (page - 1) : SHOWN * page]):
        with columns[n % ACROSS]:
            image = datasets.item_image(manifest.root / item.path)
            if image is None:
                st.caption(text.UNREADABLE)
            else:
                st.image(image, alt=f"Image {number + 1}, {chosen}")
            facts = [item.laterality, item.view, f"density {item.density}" if item.density else None]
            st.text(f"image {number + 1} ({item.patient_key[:6]})\n{' '.join(f for f in facts if f) or item.source}")


@st.fragment
def augmented(manifest: Manifest) -> None:
    """One image as a recipe's training sees it: original first, then several random draws."""
    left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    name = left.selectbox(text.RECIPE, datasets.recipes(), key="data_recipe")
    number = middle.number_input(text.IMAGE, 1, len(manifest.items), key="data_image")
    seed = st.session_state.get("data_seed", 0)
    if right.button(text.AGAIN, icon=":material/casino:", key="data_again"):
        seed += 1
        worklist.set_state("data_seed", seed)
    try:
        images, size = datasets.augmented(manifest.root / manifest.items[number - 1].path, name, seed, DRAWS)
    except SecondReaderError as e:
        st.text(str(e))
        return
    st.caption(text.AUGMENTATION_ABOUT.format(rows=size[0], columns=size[1]))
    columns = st.columns(ACROSS)
    for n, image in enumerate(images):
        columns[n % ACROSS].image(image, alt=f"Augmented, draw {n}" if n else "Original")
