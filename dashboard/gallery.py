"""The pictures behind a cell of the confusion matrix: surest first, each with its score; one click opens it in Read."""

import streamlit as st

from core.errors import SecondReaderError
from dashboard import phrases, resources, worklist
from dashboard.figures import charts

STILL = {"displayModeBar": False}
ACROSS, SHOWN = 6, 12


@st.fragment
def matrix(report: dict, card, key: str) -> None:
    """The confusion matrix; a click on a cell, or the two boxes under it, choose what the gallery shows."""
    table = report["confusion"]
    cells = st.segmented_control("Cells", ["counts", "row %"], default="counts", key=f"cells_{key}", label_visibility="collapsed")
    figure = charts.confusion(table["classes"], table["counts"], cells == "row %")
    event = st.plotly_chart(
        figure, theme=None, config=STILL, key=f"confusion_{key}", on_select="rerun", selection_mode="points", alt="Confusion matrix"
    )
    st.caption("Click a cell to see its pictures.")
    if card is not None:
        _gallery(card, table["classes"], event.selection.points if event else [], key)


def _gallery(card, classes: list[str], points: list[dict], key: str) -> None:
    chosen = tuple(points[0]["customdata"]) if points else (None, None)
    with st.expander("Pictures", expanded=bool(points)):
        left, right, far = st.columns([1, 1, 2])
        start = [classes.index(c) + 1 if c in classes else 0 for c in chosen]
        # The chosen cell is part of the keys, so that a click sets the boxes and the boxes still work.
        true = left.selectbox("True", ["any", *classes], index=start[0], key=f"true_{key}_{chosen}")
        called = right.selectbox("Called", ["any", *classes], index=start[1], key=f"called_{key}_{chosen}")
        folder = None if card.synthetic else far.text_input("Folder with the pictures", key=f"folder_{key}", help=phrases.FOLDER_HELP)
        try:
            cases = resources.cases(card)
            paths = resources.index(folder) if folder else {}
        except SecondReaderError as e:
            st.warning("The pictures cannot be shown.", icon=":material/warning:")
            st.text(str(e))
            return
        rows = cases[((cases["label"] == true) | (true == "any")) & ((cases["called"] == called) | (called == "any"))]
        rows = rows.sort_values("sure", ascending=False)
        wrong = int((rows["label"] != rows["called"]).sum())
        st.text(f"{len(rows)} images, {wrong} of them called wrongly; the surest first.")
        if not card.synthetic and not folder:
            st.info(phrases.LINK_FOLDER, icon=":material/folder_open:")
        pages = max(1, -(-len(rows) // SHOWN))
        page = st.number_input(f"Page of {pages}", 1, pages, key=f"page_{key}_{true}_{called}") if pages > 1 else 1
        _pictures(card, rows.iloc[SHOWN * (page - 1) : SHOWN * page], paths, key)


def _pictures(card, rows, paths: dict, key: str) -> None:
    columns = st.columns(ACROSS)
    for n, row in enumerate(rows.itertuples()):
        with columns[n % ACROSS]:
            picture = resources.case_picture(row.sha256, row.case, paths.get(row.sha256)) if card.synthetic or paths else None
            if picture is not None:
                st.image(picture, alt=f"True {row.label}, called {row.called}")
            st.text(f"{row.label}\ncalled {row.called}\nscore {row.score:.2f}")
            if picture is not None:
                st.button("Read", key=f"read_{key}_{row.Index}", on_click=_open, args=(row.sha256, row.case, paths.get(row.sha256)))
            elif paths:
                st.caption("not in the folder")
    if worklist.going():
        st.switch_page("views/read.py")


def _open(sha256: str, case: str, path) -> None:
    name = f"phantom {case}.dcm" if not path else f"case {sha256[:8]}"
    truth = {} if path else {name: resources.case_truth(case)}
    worklist.add([(name, resources.case_bytes(case, path))], truth)
    worklist.go()
