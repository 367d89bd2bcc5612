"""The sidebar of Read and Filters: open files, sample exams, saved exams, and the list of exams."""

from collections.abc import Sequence

import streamlit as st

from core.store import anything_saved
from dashboard import phrases
from dashboard.phrases import session as text
from dashboard.session import records, samples, uploads, worklist
from dashboard.session.worklist import Case


def render() -> None:
    """Draw it."""
    _uploads()
    _samples()
    _problems()
    if n := records.unopened():
        st.caption(text.unopened(n))
        st.button(text.DISCARD_READS, key="discard_reads", on_click=records.discard_unopened, width="stretch")
    if worklist.cases():
        from dashboard.read.independent_read import mode  # late: it brings pandas

        _list()
        mode()


def _uploads() -> None:
    n = worklist.session().uploads
    with st.container(key="upload"):
        files = st.file_uploader(text.OPEN_FILES, accept_multiple_files=True, key=f"files_{n}", help=text.OPEN_FILES_HELP)
    with st.expander(text.OPEN_FOLDER):
        label = text.OPEN_FOLDER
        folder = st.file_uploader(label, accept_multiple_files="directory", key=f"folder_{n}", label_visibility="collapsed")
    if anything_saved():
        from dashboard.read.saving import shelf  # late: it brings the database

        shelf()
    if found := [*files, *folder]:
        uploads.add([(f.name, f.getvalue()) for f in found])
        uploads.finish_upload(found)
        st.rerun()


def _samples() -> None:
    if st.button(text.SAMPLE, icon=":material/draw:", key="sample", width="stretch", help=text.SAMPLE_HELP):
        with st.spinner(text.DRAWING):
            samples.open_sample()
        st.rerun()
    help = text.SAMPLE_PRIOR_HELP
    if not worklist.cases() and st.button(text.SAMPLE_PRIOR, key="sample_prior", width="stretch", help=help):
        with st.spinner(text.DRAWING_PRIOR):
            samples.open_sample(with_prior=True)
        st.rerun()


def _problems() -> None:
    for name, sentence in worklist.session().problems:
        with st.container(border=True, key=f"problem_{hash((name, sentence))}"):
            st.text(name)
            st.warning(text.NOT_OPENED, icon=":material/error:")
            st.text(sentence)
    for name, sentence in worklist.session().notices:
        st.text(f"{name}: {sentence}")


def _list() -> None:
    from dashboard.session.order import arranged  # late: it brings the models' cards

    current, settings = worklist.selected(), worklist.settings()
    left, right = st.columns(2)
    left.button(text.PREVIOUS, key="previous", shortcut="Left", on_click=worklist.step_view, args=(-1,), width="stretch")
    right.button(text.NEXT, key="next", shortcut="Right", on_click=worklist.step_view, args=(1,), width="stretch")
    only = _sort_and_filter(worklist.cases())
    entries = arranged(settings.order, only)
    worklist.session().listed = [e.exam.key for e in entries]
    if not entries:
        st.caption(text.NO_MATCH)
    for entry in entries:
        st.caption(entry.status)
        for case in entry.exam.views:
            _row(case, selected=current is not None and case.key == current.key)
    left, right = st.columns(2)
    if current is not None:
        remove, args = worklist.remove, (current.key,)
        left.button(text.REMOVE, key="remove", on_click=remove, args=args, width="stretch", help=text.REMOVE_HELP)
    right.button(text.REMOVE_ALL, key="clear", on_click=worklist.clear, width="stretch")


def _sort_and_filter(cases: Sequence[Case]) -> str:
    """Draw both selectors where there is more than one exam; returns the filter."""
    if len({c.exam for c in cases}) < 2:
        return "all"
    settings, orders, filters = worklist.settings(), text.ORDERS, text.FILTERS
    at = list(orders).index(settings.order)
    st.selectbox(text.SORT, list(orders), at, format_func=lambda o: orders[o], key="order", on_change=settings.take_order, args=("order",))
    return st.selectbox(text.SHOW, list(filters), format_func=lambda f: filters[f], key="only")


def _row(case: Case, selected: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.image(case.thumbnail, width=44, alt="")
        st.button(
            phrases.escaped(case.title[:60]),
            key=f"case_{case.key[:16]}",
            type="secondary" if selected else "tertiary",
            icon=None if case.quality.ok else ":material/block:",
            help=None if case.quality.ok else phrases.CANNOT_ASSESS,
            on_click=worklist.open_case,
            args=(case.key,),
            width="stretch",
        )
