"""The images behind a cell of the confusion matrix, in the order of most interest; one click opens one in Read."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from core.models.card import Card
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.figures import evaluation
from dashboard.figures.style import STATIC_CHART, static_chart
from dashboard.phrases import reports as text
from dashboard.session import uploads, worklist

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport

ACROSS, SHOWN = 6, 12
CALLS = ["any", "negative", "positive"]


@st.fragment
def matrix(report: "EvaluationReport", card: Card | None, key: str, other: Card | None = None) -> None:
    """Confusion matrix and ROC at the operating point; a click on a cell, or the boxes under it, choose what the gallery shows.

    With the card of an `other` checkpoint, the images on which it disagrees most can come first.
    """
    table = report.confusion
    (tn, fp), (fn, tp) = table.counts
    with st.container(horizontal=True, gap="large"):  # under each other where there is no room
        event = st.plotly_chart(
            evaluation.confusion(table.classes, table.counts, False),
            width=460,
            theme=None,
            config=STATIC_CHART,
            key=f"confusion_{key}",
            on_select="rerun",
            selection_mode="points",
            alt=f"Confusion matrix at the threshold: {tp} true positives, {fn} false negatives, {fp} false positives, {tn} true negatives",
        )
        point = (report.metrics["specificity"].value, report.metrics["sensitivity"].value)
        space = report.label_space
        curves = [c for c in report.roc_curves if len(space.classes) > 2 or c.label == space.positive]  # of two, one is the other mirrored
        static_chart(evaluation.roc(curves, point), f"roc_{key}", "ROC curves with the operating point", width=500)
    st.caption(text.AT_THRESHOLD.format(tp=tp, fn=fn, fp=fp, tn=tn, threshold=report.threshold, rule=report.threshold_rule))
    if card is not None:
        points = event.selection.points if event else []
        _gallery(card, tuple(CALLS[1 + table.classes.index(c)] for c in points[0]["customdata"]) if points else (None, None), key, other)


def _gallery(card: Card, cell: tuple[str | None, str | None], key: str, other: Card | None) -> None:
    """Images of a (true, predicted) cell; without one, all."""
    with st.expander(text.IMAGES, expanded=cell != (None, None)):
        left, right, far = st.columns([1, 1, 2])
        # The chosen cell is part of the keys, so that a click sets the boxes and the boxes still work.
        true = left.selectbox("True", CALLS, CALLS.index(cell[0] or "any"), key=f"true_{key}_{cell}")
        called = right.selectbox("Predicted", CALLS, CALLS.index(cell[1] or "any"), key=f"called_{key}_{cell}")
        folder = None if card.synthetic else far.text_input(text.FOLDER, key=f"folder_{key}", help=text.FOLDER_HELP)
        try:
            cases = checkpoints.cases(card)
            paths = checkpoints.index(folder) if folder else {}
        except SecondReaderError as e:
            st.warning(text.GALLERY_FAILED, icon=":material/warning:")
            st.text(str(e))
            return
        cases = cases.assign(called=cases["positive"] ^ cases["wrong"])
        rows = cases[_is(cases["positive"], true) & _is(cases["called"], called)]
        rows, heat = _ordered(rows, key, other)
        st.text(text.GALLERY_COUNT.format(n=len(rows), wrong=int(rows["wrong"].sum())))
        if not card.synthetic and not folder:
            st.info(text.LINK_FOLDER, icon=":material/folder_open:")
        pages = max(1, -(-len(rows) // SHOWN))
        page = st.number_input(f"Page of {pages}", 1, pages, key=f"page_{key}_{true}_{called}") if pages > 1 else 1
        _images(card, rows.iloc[SHOWN * (page - 1) : SHOWN * page], paths, key, heat)


def _is(holds: "pd.Series[bool]", chosen: str) -> "pd.Series[bool]":
    return holds | ~holds if chosen == "any" else holds == (chosen == "positive")


def _ordered(rows: pd.DataFrame, key: str, other: Card | None) -> tuple[pd.DataFrame, bool]:
    """The rows that the boxes leave, in the chosen order, and whether heatmaps are shown."""
    rows = rows.assign(errors=(rows["score"] - 0.5).abs().where(rows["wrong"]))
    if other is not None:
        scores = checkpoints.cases(other).drop_duplicates("sha256").set_index("sha256")["score"]
        rows["other"] = (rows["score"] - rows["sha256"].map(scores)).abs()
    boxes = st.columns([2, 1, 1, 1, 1], vertical_alignment="bottom")
    orders = [o for o in text.ORDERS if o in rows and rows[o].notna().any()] or ["confidence"]
    by = boxes[0].selectbox("Order", orders, format_func=lambda o: text.ORDERS[o], key=f"order_{key}")
    for n, column in enumerate(("label", "source", "density"), 1):
        values = sorted(set(rows[column]) - {""})
        if len(values) > 1:
            chosen = boxes[n].selectbox(column.capitalize(), ["any", *values], key=f"{column}_{key}")
            rows = rows if chosen == "any" else rows[rows[column] == chosen]
    heat = boxes[4].toggle("Heatmaps", key=f"heat_{key}")
    return rows.dropna(subset=[by]).sort_values(by, ascending=False, kind="stable"), heat


def _images(card: Card, rows: pd.DataFrame, paths: dict[str, Path], key: str, heat: bool) -> None:
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
                st.button("Read", key=f"read_{key}_{index}", on_click=_open, args=(sha256, case, path))
            elif paths:
                st.caption(text.NOT_IN_FOLDER)
    if worklist.settings().going_to_read():
        st.switch_page("views/read.py")


def _open(sha256: str, case: str, path: Path | None) -> None:
    name = f"case {sha256[:8]}" if path else f"phantom {case}.dcm"
    truth = {} if path else {name: checkpoints.case_truth(case)}
    uploads.add([(name, checkpoints.case_bytes(case, path))], truth)
    worklist.settings().go_to_read()
