"""Parts of the Data page: the audit, the gallery by class, and a recipe's random changes of one picture."""

import pandas as pd
import streamlit as st

from core.datasets.data_card import DataCard
from core.datasets.manifest import Manifest
from core.errors import SecondReaderError
from dashboard import folders, phrases
from dashboard.session import worklist
from dashboard.stoppable import stoppable

ACROSS, SHOWN, CHANGED = 6, 12, 11


@st.fragment
def audit(manifest: Manifest, folder: str) -> None:
    """A button, then what the audit found, with the pairs of pictures."""
    st.markdown("##### Audit")
    key = f"audited_{manifest.sha256[:12]}"
    if st.button("Audit", icon=":material/fact_check:", key="audit", help=phrases.AUDIT_HELP):
        worklist.keep(key, True)
    if not st.session_state.get(key):
        st.caption("Not audited yet. It reads every file once: about a minute for 3,000 pictures.")
        return
    try:
        with stoppable("Reading", "audit", worklist.keep, key, False) as told:
            findings = folders.audited(manifest, told)
    except SecondReaderError as e:
        st.warning("The audit stopped.", icon=":material/warning:")
        st.text(str(e))
        return
    if not findings:
        st.success(f"Nothing found in {len(manifest.items)} images.", icon=":material/check:")
    for n, f in enumerate(findings):
        (st.error if f.stops else st.warning)("Leakage: training would stop." if f.stops else "Note", icon=":material/rule:")
        st.text(f.sentence)
        if f.pairs:
            st.dataframe(pd.DataFrame(_safe(manifest, f.pairs), columns=["one", "other"]), hide_index=True, height=180, key=f"pairs_{n}")


def _safe(manifest: Manifest, pairs: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Pairs by safe names: number of the picture in the set, and the patient's key."""
    at = {i.path: f"picture {n + 1} ({i.patient_key[:6]})" for n, i in enumerate(manifest.items)}
    return [(at[a], at[b]) for a, b in pairs[:200]]


@st.fragment
def gallery(manifest: Manifest, card: DataCard) -> None:
    """Pictures of one class, a dozen a page, named by an opaque key of the patient."""
    chosen = st.segmented_control("Class", list(card.table), default=next(iter(card.table)), key="data_class", label_visibility="collapsed")
    rows = [(n, i) for n, i in enumerate(manifest.items) if (i.label or "none") == chosen]
    pages = max(1, -(-len(rows) // SHOWN))
    page = st.number_input(f"Page of {pages}", 1, pages, key=f"data_page_{chosen}", width=160) if pages > 1 else 1
    columns = st.columns(ACROSS)
    for n, (number, item) in enumerate(rows[SHOWN * (page - 1) : SHOWN * page]):
        with columns[n % ACROSS]:
            picture = folders.item_picture(manifest, item)
            if picture is None:
                st.caption("cannot be read")
            else:
                st.image(picture, alt=f"Picture {number + 1}, {chosen}")
            facts = [item.laterality, item.view, f"density {item.density}" if item.density else None]
            st.text(f"picture {number + 1} ({item.patient_key[:6]})\n{' '.join(f for f in facts if f) or item.source}")


@st.fragment
def augmented(manifest: Manifest) -> None:
    """One picture as a recipe's training sees it: unaltered first, then several random changes."""
    left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    name = left.selectbox("Recipe", folders.recipes(), key="data_recipe")
    number = middle.number_input("Picture", 1, len(manifest.items), key="data_picture")
    seed = st.session_state.get("data_seed", 0)
    if right.button("Other changes", icon=":material/casino:", key="data_again"):
        seed += 1
        worklist.keep("data_seed", seed)
    try:
        pictures, size = folders.augmented(manifest, manifest.items[number - 1], name, seed, CHANGED)
    except SecondReaderError as e:
        st.text(str(e))
        return
    st.caption(
        f"{size[0]} × {size[1]} pixels, as the network gets it. Unaltered at the top left; filter and normalisation come after this step."
    )
    columns = st.columns(ACROSS)
    for n, picture in enumerate(pictures):
        columns[n % ACROSS].image(picture, alt=f"Change {n}" if n else "Unaltered")
