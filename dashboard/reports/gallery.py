"""The images behind the cells of the confusion matrix, in the order of most interest; one click opens one in Read."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from core.models.card import Card
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.phrases import reports as text
from dashboard.session import uploads, worklist

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport

ACROSS, SHOWN = 6, 12


def errors(card: Card, report: "EvaluationReport") -> None:
    """Draw the tab: the cells, each with its count at the operating point, and their images."""
    try:
        cases = _decided(checkpoints.cases(card), report.threshold)
    except SecondReaderError as e:
        st.warning(text.GALLERY_FAILED, icon=":material/warning:")
        st.text(str(e))
        return
    counts = {name: int(_in_cell(cases, name).sum()) for name in text.CELLS}
    labels = {name: text.CELL.format(name=said, n=counts[name]) for name, said in text.CELLS.items()}
    key = f"cell_{card.name}"
    worklist.begin_state(key, "wrong")
    cell = st.segmented_control(text.IMAGES, list(labels), format_func=labels.__getitem__, key=key)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rows, heat = _ordered(cases[_in_cell(cases, cell or "all")], card.name)
        pages = max(1, -(-len(rows) // SHOWN))
        label = text.PAGE_OF.format(pages=pages)
        page = st.number_input(label, 1, pages, key=f"page_{card.name}_{cell}", width=150) if pages > 1 else 1
        folder = None if card.synthetic else st.text_input(text.FOLDER, key=f"folder_{card.name}", help=text.FOLDER_HELP, width=360)
    try:
        paths = checkpoints.index(folder) if folder else {}
    except SecondReaderError as e:
        st.warning(str(e), icon=":material/warning:")
        return
    st.text(text.GALLERY_COUNT.format(n=len(rows), wrong=int(rows["wrong"].sum())))
    if not card.synthetic and not folder:
        st.info(text.LINK_FOLDER, icon=":material/folder_open:")
    _images(card, rows.iloc[SHOWN * (page - 1) : SHOWN * page], paths, heat)


def _decided(cases: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """The cases with the decision at the page's threshold."""
    called = cases["score"] >= threshold
    return cases.assign(called=called, wrong=called != cases["positive"])


def _in_cell(cases: pd.DataFrame, cell: str) -> "pd.Series[bool]":
    """Which cases are in a cell of `text.CELLS`."""
    called, positive = cases["called"], cases["positive"]
    return {
        "all": called | ~called,
        "wrong": cases["wrong"],
        "fn": positive & ~called,
        "fp": called & ~positive,
        "tp": called & positive,
        "tn": ~called & ~positive,
    }[cell]


def _ordered(rows: pd.DataFrame, key: str) -> tuple[pd.DataFrame, bool]:
    """The rows that the boxes leave, in the chosen order, and whether heatmaps are shown."""
    rows = rows.assign(errors=(rows["score"] - 0.5).abs().where(rows["wrong"]))
    orders = [o for o in text.ORDERS if o in rows and rows[o].notna().any()] or ["confidence"]
    by = st.selectbox(text.ORDER, orders, format_func=lambda o: text.ORDERS[o], key=f"order_{key}", width=300)
    for column in ("label", "source", "density"):
        values = sorted(set(rows[column]) - {""})
        if len(values) > 1:
            chosen = st.selectbox(column.capitalize(), ["any", *values], key=f"{column}_{key}", width=160)
            rows = rows if chosen == "any" else rows[rows[column] == chosen]
    heat = st.toggle(text.HEATMAPS_ON, key=f"heat_{key}")
    return rows.dropna(subset=[by]).sort_values(by, ascending=False, kind="stable"), heat


def _images(card: Card, rows: pd.DataFrame, paths: dict[str, Path], heat: bool) -> None:
    columns = st.columns(ACROSS)
    for n, (index, row) in enumerate(rows.iterrows()):
        sha256, case, path = row["sha256"], row["case"], paths.get(row["sha256"])
        predicted = text.PREDICTED.format(decision="positive" if row["called"] else "negative")
        with columns[n % ACROSS]:
            image = checkpoints.case_image(sha256, case, path, card if heat else None) if card.synthetic or paths else None
            if image is not None:
                st.image(image, alt=f"{row['label']}, {predicted}{', with heatmap' if heat else ''}")
            st.text(f"{row['label']}\n{predicted}\nscore {phrases.decimal(row['score'], card.threshold)}")
            if image is not None:
                st.button(text.READ, key=f"read_{card.name}_{index}", on_click=_open, args=(sha256, case, path))
            elif paths:
                st.caption(text.NOT_IN_FOLDER)
    if worklist.settings().going_to_read():
        st.switch_page("views/read.py")


def _open(sha256: str, case: str, path: Path | None) -> None:
    name = f"case {sha256[:8]}" if path else f"phantom {case}.dcm"
    truth = {} if path else {name: checkpoints.case_truth(case)}
    uploads.add([(name, checkpoints.case_bytes(case, path))], truth)
    worklist.settings().go_to_read()
