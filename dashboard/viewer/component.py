"""The viewer as a Streamlit component: mounted with a study, it says only which view to open and whether it cannot work."""

from collections.abc import Callable

import streamlit as st

from dashboard.viewer import bundle

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


def viewer(study: dict, key: str, follow: Callable[[], None]) -> None:
    """Mount the viewer with a study (see `dashboard.viewer.study.describe`), as high as its container.

    `follow` is called when the component's state tells something new: `open`, the id of a view that is to be opened alone; `step`,
    1 for the next case and -1 for the one before; `marks`, the ellipses on each view that hangs, by its id; `plain`, the reason why
    this browser cannot show the viewer.
    """
    data = {"script": bundle.address(), "study": study}
    _mount(
        key=key, data=data, height="stretch", on_open_change=follow, on_step_change=follow, on_marks_change=follow, on_plain_change=follow
    )
