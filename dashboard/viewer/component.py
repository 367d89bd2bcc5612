"""The viewer as a Streamlit component: mounted with a study, it sends requests that are followed here."""

import streamlit as st

from dashboard.session import records, worklist
from dashboard.viewer import bundle
from dashboard.viewer.study import Study

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


def viewer(study: Study) -> None:
    """Mount the viewer with a study, as high as its container.

    Its state holds requests: `open`, the first digits of the key of a view to be opened alone; `step`, 1 for the next view of the exam
    and -1 for the one before; `marks`, the ellipses on each view, by such digits; `plain`, the reason why this browser cannot show the
    viewer.
    """
    _mount(
        key=KEY,
        data={"script": bundle.address(), "study": study},
        height="stretch",
        on_open_change=_follow,
        on_step_change=_follow,
        on_marks_change=_follow,
        on_plain_change=_follow,
    )


def _follow() -> None:
    request = st.session_state[KEY]
    if request.get("plain"):
        worklist.settings().plain = str(request["plain"])[:120]
    if request.get("step") in (1, -1):
        worklist.step_view(int(request["step"]))
    for case in worklist.cases():
        if request.get("open") and case.key.startswith(request["open"]):
            worklist.open_case(case.key)
        for view, ellipses in (request.get("marks") or {}).items():
            if case.key.startswith(view):
                records.set_marks(case, tuple((x, y, w, h) for x, y, w, h in ellipses[:MAX_MARKS] if w > 0 and h > 0))
