"""The sidebar: open files, sample exams, and the list of cases."""

import streamlit as st

from core.store import anything_saved
from dashboard import phrases
from dashboard.session import records, uploads, worklist


def show_cases() -> None:
    """Draw the sidebar's part for the pages that show a case."""
    n = worklist.session().uploads
    with st.container(key="upload"):
        files = st.file_uploader(
            "Open files",
            accept_multiple_files=True,
            key=f"files_{n}",
            help="DICOM, PNG, JPEG, TIFF, PGM or PPM, or a ZIP of them; up to 200 MB each.",
        )
    with st.expander("Open a folder"):
        folder = st.file_uploader("Folder", accept_multiple_files="directory", key=f"folder_{n}", label_visibility="collapsed")
    if anything_saved():
        from dashboard.read.saving import shelf  # late: it brings the database, and the first page is up without it

        shelf()
    found = list(files or []) + list(folder or [])
    if found:
        uploads.add([(f.name, f.getvalue()) for f in found])
        uploads.finish_upload(found)
        st.rerun()
    if st.button(
        "Open a sample exam", icon=":material/draw:", key="sample", width="stretch", help="Four phantom views, drawn on the spot."
    ):
        with st.spinner("Drawing four views"):
            open_sample()
        st.rerun()
    if not worklist.cases() and st.button(
        "… with its prior", key="sample_prior", width="stretch", help="The same, and four views of the year before."
    ):
        with st.spinner("Drawing eight views"):
            open_sample(with_prior=True)
        st.rerun()
    _problems()
    if n := records.left_behind():
        st.caption(phrases.LEFT_BEHIND.format(n=f"{n} exam{'s' * (n > 1)}"))
        st.button("Forget them", key="forget_left_behind", on_click=records.forget_left_behind, width="stretch")
    _list()
    if worklist.cases():
        from dashboard.read.independent_read import mode  # late: it brings pandas

        mode()


def open_sample(with_prior: bool = False) -> None:
    """Draw the next sample exam, and its prior where wanted, and put it on the worklist with its truth."""
    from core.datasets.phantom import sample_exam  # late: it brings scipy, and the first page is up without it
    from dashboard.images.outline import outlines

    worklist.desk().samples += 1
    exam = sample_exam(worklist.desk().samples, with_prior=with_prior)
    uploads.add([(name, data) for name, data, _ in exam], {name: outlines(view) for name, _, view in exam})


def _problems() -> None:
    for name, sentence in worklist.session().problems:
        with st.container(border=True, key=f"problem_{hash((name, sentence))}"):
            st.text(name)
            st.warning("Not opened", icon=":material/error:")
            st.text(sentence)
    for name, sentence in worklist.session().notices:
        st.text(f"{name}: {sentence}")


def _list() -> None:
    cases, current = worklist.cases(), worklist.selected()
    if not cases:
        return
    left, right = st.columns(2)
    left.button("Previous", key="previous", shortcut="Left", on_click=worklist.step, args=(-1,), width="stretch")
    right.button("Next", key="next", shortcut="Right", on_click=worklist.step, args=(1,), width="stretch")
    from dashboard.session.order import FILTERS, ORDERS, arranged  # late: it brings the readings

    only = "all"
    if len({c.exam for c in cases}) > 1:
        names = list(ORDERS)
        at = names.index(worklist.choices().order)
        how = {"format_func": ORDERS.get, "key": "order", "on_change": worklist.choices().take_order, "args": ("order",)}
        st.selectbox("Order of the exams", names, at, **how)
        only = st.selectbox("Show", list(FILTERS), format_func=FILTERS.get, key="only")
    entries = arranged(worklist.choices().order, only)
    worklist.session().listed = [c.key for e in entries for c in e.cases]
    if not entries:
        st.caption("No open exam is like that.")
    for entry in entries:
        st.caption(entry.words)
        for case in entry.cases:
            _row(case, current)
    left, right = st.columns(2)
    if current is not None:
        left.button(
            "Remove",
            key="remove",
            on_click=worklist.remove,
            args=(current.key,),
            width="stretch",
            help="Close this case and forget its pixels.",
        )
    right.button("Remove all", key="clear", on_click=worklist.clear, width="stretch")


def _row(case, current) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.image(case.thumbnail, width=44, alt="")
        st.button(
            phrases.escaped(case.title[:60]),
            key=f"case_{case.key[:16]}",
            type="secondary" if current is not None and case.key == current.key else "tertiary",
            icon=None if case.quality.ok else ":material/block:",
            help=None if case.quality.ok else "Cannot be assessed",
            on_click=worklist.open_case,
            args=(case.key,),
            width="stretch",
        )
