"""The list of exams: a row each with its views, name, state, and, where it may be shown, its score."""

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import streamlit as st

from dashboard import phrases
from dashboard.cache import pixels
from dashboard.images.render import data_uri
from dashboard.phrases import session as text
from dashboard.phrases.exchange import STATES
from dashboard.session import grouping, sending, worklist
from dashboard.session.dialogs import dialog
from dashboard.session.order import Entry
from dashboard.session.worklist import Case, OpenExam

if TYPE_CHECKING:
    from core.exchange.outbox import Delivery

HERE = Path(__file__).parent
KEY = "exam_list"
MAX_IMAGES = 4  # of an exam in its row
MAX_NAME = 40  # characters

_mount = st.components.v2.component(
    "second_reader_exams", html="<ul></ul>", css=(HERE / "exam_list.css").read_text(), js=(HERE / "exam_list.js").read_text()
)


class Row(TypedDict):
    """What the script gets of an exam; `key` is its random id."""

    key: str
    name: str
    state: str
    stateText: str
    score: str
    positive: bool
    help: str
    images: list[str]
    open: bool


def render(entries: list[Entry]) -> None:
    """Draw the list. A click opens an exam; its ⋯ opens a dialog to rename it, to take views out of it, and to close it."""
    current = worklist.current_exam()
    known = sending.deliveries()
    rows = [_row(e, current is not None and e.exam.key == current.key, known) for e in entries]
    sent = _mount(
        key=KEY,
        data={"rows": rows, "label": text.EXAMS, "menu": text.EXAM_MENU},
        on_open_change=_open,
        on_menu_change=lambda: None,
    )
    exam = _exam(sent.menu)
    if exam is not None:
        _menu(exam)


def _row(entry: Entry, is_open: bool, known: "dict[str, Delivery]") -> Row:
    exam = entry.exam
    delivery = next((known[c.key] for c in exam.views if c.key in known), None)
    sent = f" · {STATES[delivery.state]}" if delivery else ""
    return {
        "key": worklist.workspace().id_of(exam.key),
        "name": exam.name,
        "state": exam.state.replace(" ", "-"),
        "stateText": f"{text.STATES[exam.state]}{sent}",
        "score": "" if entry.score is None else phrases.decimal(entry.score.score, entry.threshold),
        "positive": entry.positive,
        "help": f"{', '.join(c.scan.label for c in exam.views)}. {entry.status}{sent}.",
        "images": [_image(c) for c in exam.views[:MAX_IMAGES]],
        "open": is_open,
    }


def _image(case: Case) -> str:
    browser, data = pixels.browser(), case.thumbnail
    if browser is None:
        return data_uri(data, "jpeg")
    return pixels.ledger().address(browser, case.key, "thumbnail", "", lambda: data)


def _exam(key: str | None) -> OpenExam | None:
    return next((e for e in worklist.exams() if worklist.workspace().id_of(e.key) == key), None)


def _open() -> None:
    exam = _exam(st.session_state[KEY].get("open"))
    if exam is not None:
        worklist.open_exam(exam.key)


@dialog(text.EXAM_MENU)
def _menu(exam: OpenExam) -> None:
    default = worklist.workspace().names.get(exam.key, "")
    name = st.text_input(text.NAME, default, max_chars=MAX_NAME, key=f"name_{exam.key[:16]}", help=text.NAME_HELP, placeholder=exam.name)
    with st.container(horizontal=True):
        if st.button(text.RENAME, key="rename", type="primary"):
            worklist.rename(exam.key, name)
            st.rerun()
        if st.button(text.REMOVE_EXAM, key="remove_exam", icon=":material/close:", help=text.REMOVE_HELP):
            worklist.remove_exam(exam.key)
            st.rerun()
    if len(exam.views) > 1:
        st.markdown(text.VIEWS)
    for case in exam.views if len(exam.views) > 1 else ():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.image(case.thumbnail, width=32, alt="")
            st.text(case.scan.label, width="stretch")
            if st.button(text.TAKE_OUT, key=f"take_out_{case.key[:12]}"):
                grouping.leave(case.key)
                st.rerun()
