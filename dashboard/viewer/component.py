"""The viewer as a Streamlit component: mounted with a study, it sends requests that are followed here."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from core.exams.assessment import CATEGORIES, DENSITIES
from dashboard.cache import predictions
from dashboard.session import records, worklist
from dashboard.viewer import bundle
from dashboard.viewer.study import ID, Study

KEY = "viewer"  # one page shows one viewer
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
    """What the reader's keys do: the BI-RADS category, the density, and recording or, once recorded, the next exam."""

    category: Callable[[int], None]
    density: Callable[[str], None]
    record: Callable[[], None]


def viewer(study: Study, reading: Reading | None = None) -> None:
    """Mount the viewer with a study, as high as its container; `reading` where there is a form to be filled in.

    Its state holds requests: `open`, the first digits of the key of a view that the reader looks at; `exam`, 1 for the next exam and -1
    for the one before; `marks`, the ellipses on each view, by such digits; `category`, `density` and `record`, the reader's keys; `plain`,
    the reason why this browser cannot show the viewer.
    """
    _mount(
        key=KEY,
        data={"script": bundle.address(), "study": study},
        height="stretch",
        on_open_change=_open,
        on_exam_change=_step,
        on_marks_change=_mark,
        on_plain_change=_give_up,
        on_category_change=partial(_read, reading),
        on_density_change=partial(_read, reading),
        on_record_change=partial(_read, reading),
    )


def _give_up() -> None:
    worklist.settings().plain = str(st.session_state[KEY]["plain"])[:120]


def _step() -> None:
    if st.session_state[KEY].get("exam") in (1, -1):
        worklist.step_exam(int(st.session_state[KEY]["exam"]))


def _open() -> None:
    wanted = st.session_state[KEY].get("open")
    for case in worklist.cases():
        if wanted and case.key.startswith(wanted):
            worklist.open_case(case.key)


def _mark() -> None:
    """Store the marks in pixels of the scan: the viewer's are of the image as it hangs."""
    drawn = st.session_state[KEY].get("marks") or {}
    for case in worklist.cases():
        if case.key[:ID] in drawn:
            back = predictions.hanging(case.scan).ellipse_back
            ellipses = drawn[case.key[:ID]][:MAX_MARKS]
            records.set_marks(case, tuple(back((x, y, w, h)) for x, y, w, h in ellipses if w > 0 and h > 0))


def _read(reading: Reading | None) -> None:
    request = st.session_state[KEY]
    if reading is None:
        return
    if request.get("category") in CATEGORIES:
        reading.category(request["category"])
    if request.get("density") in DENSITIES:
        reading.density(request["density"])
    if request.get("record"):
        reading.record()
