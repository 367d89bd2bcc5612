"""The viewer as a Streamlit component: it is mounted with a study, and what it asks for is done."""

import streamlit as st

from dashboard.session import worklist
from dashboard.viewer import bundle

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


def viewer(study: dict) -> None:
    """Mount the viewer with a study (see `dashboard.viewer.study.describe`), as high as its container.

    Its state tells what it asks for: `open`, the first digits of the key of a view that is to be opened alone; `step`, 1 for the next
    case and -1 for the one before; `marks`, the ellipses on each view that hangs, by such digits; `plain`, the reason why this browser
    cannot show the viewer.
    """
    data = {"script": bundle.address(), "study": study}
    told = {f"on_{name}_change": _follow for name in ("open", "step", "marks", "plain")}
    _mount(key=KEY, data=data, height="stretch", **told)


def _follow() -> None:
    asked = st.session_state[KEY]
    if asked.get("plain"):
        worklist.choices().plain = str(asked["plain"])[:120]
    if asked.get("step") in (1, -1):
        worklist.step(int(asked["step"]))
    for case in worklist.cases():
        if asked.get("open") and case.key.startswith(asked["open"]):
            worklist.open_case(case.key)
        for view, ellipses in (asked.get("marks") or {}).items():
            if case.key.startswith(view):
                worklist.desk().marks[case.key] = tuple((x, y, w, h) for x, y, w, h in ellipses[:MAX_MARKS] if w > 0 and h > 0)
