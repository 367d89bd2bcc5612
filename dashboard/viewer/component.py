"""The viewer as a Streamlit component: mounted with a study, it sends requests that are followed here."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from core.exams.assessment import CATEGORIES, DENSITIES
from core.imaging.hanging import Ellipse
from dashboard.cache import predictions
from dashboard.session import records, worklist
from dashboard.viewer import bundle
from dashboard.viewer.study import ID, Study

KEY = "viewer"  # one page shows one viewer
FOLLOWED = "viewer_followed"  # number of the last request that was followed
MAX_MARKS = 40  # a view

# The bundle is megabytes: it comes by address and stays in the browser, instead of by the socket with each mount.
_LOADER = """
let bundle;
export default function (component) {
  const { data, parentElement, setStateValue } = component;
  bundle ??= import(new URL(data.script, document.baseURI).href);
  bundle.then(
    (viewer) => viewer.show(component),
    () => setStateValue("plain", "The viewer's script did not load"),
  );
  return () => bundle.then((viewer) => viewer.close(parentElement), () => undefined);
}
"""
_mount = st.components.v2.component("second_reader_viewer", js=_LOADER)


@dataclass(frozen=True)
class Reading:
    """What the reader's keys do to an exam, by its key: BI-RADS category, density, and recording or, once recorded, the next exam."""

    category: Callable[[str, int], None]
    density: Callable[[str, str], None]
    record: Callable[[str], None]


def viewer(study: Study, reading: Reading | None = None) -> None:
    """Mount the viewer with a study, as high as its container; `reading` where there is a form to be filled in.

    It sends `requests`, the last few as (number, kind, value), and `plain`, the reason why this browser cannot show the viewer.
    """
    _mount(
        key=KEY,
        data={"script": bundle.address(), "study": study},
        height="stretch",
        on_requests_change=partial(_follow, reading),
        on_plain_change=_give_up,
    )


def _give_up() -> None:
    worklist.settings().plain = str(st.session_state[KEY]["plain"])[:120]


def _follow(reading: Reading | None) -> None:
    """Follow the requests that are new. A message repeats the last ones, since Streamlit drops one that is followed by another at once."""
    for number, kind, value in st.session_state[KEY].get("requests") or []:
        if number > st.session_state.get(FOLLOWED, 0):
            worklist.set_state(FOLLOWED, number)
            follow(kind, value, reading)


def follow(kind: str, value: Any, reading: Reading | None) -> None:  # noqa: ANN401
    """Follow one request of the viewer.

    `open`: the first digits of the key of the view that the reader looks at. `exam`: 1 for the next exam, -1 for the one before.
    `marks`: the ellipses on each view, by such digits. `category`, `density`, `record`: the reader's keys, for the open exam.
    """
    open_case = worklist.selected()
    if kind == "exam" and value in (1, -1):
        worklist.step_exam(value)
    elif kind == "open":
        for case in worklist.cases():
            if case.key[:ID] == value:
                worklist.open_case(case.key)
    elif kind == "marks":
        _mark(value)
    elif reading is None or open_case is None:
        return
    elif kind == "category" and value in CATEGORIES:
        reading.category(open_case.exam, value)
    elif kind == "density" and value in DENSITIES:
        reading.density(open_case.exam, value)
    elif kind == "record":
        reading.record(open_case.exam)


def _mark(drawn: dict[str, list[Ellipse]]) -> None:
    """Store the marks in pixels of the scan: the viewer's are of the image as it hangs."""
    for case in worklist.cases():
        if case.key[:ID] in drawn:
            back = predictions.hanging(case.scan).ellipse_back
            ellipses = drawn[case.key[:ID]][:MAX_MARKS]
            records.set_marks(case, tuple(back((x, y, w, h)) for x, y, w, h in ellipses if w > 0 and h > 0))
