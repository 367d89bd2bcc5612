"""The images behind a cell of the confusion matrix, in the order one looks for trouble; one click opens one in Read."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.figures import evaluation
from dashboard.figures.style import STATIC_CHART, static_chart
from dashboard.session import uploads, worklist

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport

ACROSS, SHOWN = 6, 12


@st.fragment
def matrix(report: "EvaluationReport", card, key: str, other=None) -> None:
    """The confusion matrix, and the ROC curves beside it; a click on a cell, or the two boxes under it, choose what the gallery shows.

    With the card of an `other` checkpoint, the images on which it disagrees most can come first.
    """
    table = report.confusion
    cells = st.segmented_control("Cells", ["counts", "row %"], default="counts", key=f"cells_{key}", label_visibility="collapsed")
    figure = evaluation.confusion(table.classes, table.counts, cells == "row %")
    with st.container(horizontal=True, gap="large"):  # under each other where there is no room
        width = 200 + 150 * len(table.classes)
        event = st.plotly_chart(
            figure,
            width=width,
            theme=None,
            config=STATIC_CHART,
            key=f"confusion_{key}",
            on_select="rerun",
            selection_mode="points",
            alt="Confusion matrix",
        )
        static_chart(evaluation.roc(report.roc_curves), f"roc_{key}", "ROC curves", width=500)
    st.caption(f"{phrases.COUNTED[report.label_space.kind]} Click a cell to see its images.")
    if card is not None:
        _gallery(card, list(table.classes), event.selection.points if event else [], key, other)


def _gallery(card, classes: list[str], points: list[dict], key: str, other) -> None:
    chosen = tuple(points[0]["customdata"]) if points else (None, None)
    with st.expander("Images", expanded=bool(points)):
        left, right, far = st.columns([1, 1, 2])
        start = [classes.index(c) + 1 if c in classes else 0 for c in chosen]
        # The chosen cell is part of the keys, so that a click sets the boxes and the boxes still work.
        true = left.selectbox("True", ["any", *classes], index=start[0], key=f"true_{key}_{chosen}")
        called = right.selectbox("Called", ["any", *classes], index=start[1], key=f"called_{key}_{chosen}")
        folder = None if card.synthetic else far.text_input("Folder with the images", key=f"folder_{key}", help=phrases.FOLDER_HELP)
        try:
            cases = checkpoints.cases(card)
            paths = checkpoints.index(folder) if folder else {}
        except SecondReaderError as e:
            st.warning("The images cannot be shown.", icon=":material/warning:")
            st.text(str(e))
            return
        rows = cases[((cases["label"] == true) | (true == "any")) & ((cases["predicted"] == called) | (called == "any"))]
        rows, heat = _ordered(rows, key, other)
        st.text(f"{len(rows)} images; the decision at the threshold is wrong in {int(rows['wrong'].sum())}.")
        if not card.synthetic and not folder:
            st.info(phrases.LINK_FOLDER, icon=":material/folder_open:")
        pages = max(1, -(-len(rows) // SHOWN))
        page = st.number_input(f"Page of {pages}", 1, pages, key=f"page_{key}_{true}_{called}") if pages > 1 else 1
        _images(card, rows.iloc[SHOWN * (page - 1) : SHOWN * page], paths, key, heat)


def _ordered(rows: pd.DataFrame, key: str, other) -> tuple[pd.DataFrame, bool]:
    """The rows that the boxes leave, in the chosen order, and whether heatmaps are asked for."""
    rows = rows.assign(errors=(rows["score"] - 0.5).abs().where(rows["wrong"]))
    if other is not None:
        scores = checkpoints.cases(other).drop_duplicates("sha256").set_index("sha256")["score"]
        rows["other"] = (rows["score"] - rows["sha256"].map(scores)).abs()
    boxes = st.columns([2, 1, 1, 1], vertical_alignment="bottom")
    orders = [o for o in phrases.ORDERS if o in rows and rows[o].notna().any()]
    by = boxes[0].selectbox("Order", orders or ["confidence"], format_func=phrases.ORDERS.get, key=f"order_{key}")
    for n, column in enumerate(("source", "density"), 1):
        values = sorted(set(rows[column]) - {""})
        if len(values) > 1:
            chosen = boxes[n].selectbox(column.capitalize(), ["any", *values], key=f"{column}_{key}")
            rows = rows if chosen == "any" else rows[rows[column] == chosen]
    heat = boxes[3].toggle("Heatmaps", key=f"heat_{key}")
    return rows.dropna(subset=[by]).sort_values(by, ascending=False, kind="stable"), heat


def _images(card, rows, paths: dict, key: str, heat: bool) -> None:
    columns = st.columns(ACROSS)
    for n, row in enumerate(rows.itertuples()):
        with columns[n % ACROSS]:
            known = card.synthetic or paths
            image = checkpoints.case_image(row.sha256, row.case, paths.get(row.sha256), card if heat else None) if known else None
            if image is not None:
                st.image(image, alt=f"True {row.label}, called {row.predicted}{', with heatmap' if heat else ''}")
            st.text(f"{row.label}\ncalled {row.predicted}\nscore {row.score:.2f}")
            if image is not None:
                st.button("Read", key=f"read_{key}_{row.Index}", on_click=_open, args=(row.sha256, row.case, paths.get(row.sha256)))
            elif paths:
                st.caption("not in the folder")
    if worklist.choices().going_to_read():
        st.switch_page("views/read.py")


def _open(sha256: str, case: str, path) -> None:
    name = f"phantom {case}.dcm" if not path else f"case {sha256[:8]}"
    truth = {} if path else {name: checkpoints.case_truth(case)}
    uploads.add([(name, checkpoints.case_bytes(case, path))], truth)
    worklist.choices().go_to_read()
