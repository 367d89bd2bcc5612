"""Work that takes a while: how far it is, and a button that stops it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import streamlit as st

from dashboard.phrases import session as text

HEIGHT, SCROLL_FROM = 220, 8  # pixels of the box of rows; more files than these scroll in it


@contextmanager
def cancellable(label: str, key: str, stop: Callable[..., None], *args: Any) -> Iterator[Callable[[int, int], None]]:  # noqa: ANN401
    """A bar with a Stop button; what is given takes (done, total).

    Streamlit ends a run where it next writes to the page once a button was pressed: here at the next (done, total). What was done until
    then stays done. `stop(*args)` is called at the start of the run that follows, and sees to it that the work does not begin again.
    """
    place = st.empty()
    with place.container(horizontal=True, vertical_alignment="center", key=f"working_{key}"):
        bar = st.progress(0.0, label)
        st.button(text.STOP, key=f"stop_{key}", icon=":material/stop:", on_click=stop, args=args)

    def progress(done: int, total: int) -> None:
        bar.progress(done / total, f"{label}: {done} of {total}")

    try:
        yield progress
    except Exception:
        place.empty()
        raise
    place.empty()


def rows(names: Sequence[str]) -> Callable[[int, str], None]:
    """A row a file in a box that scrolls; what is returned takes (place, status). The rows go with the next run."""
    with st.container(height=HEIGHT if len(names) > SCROLL_FROM else "content", gap=None, key="rows"):
        places = [st.empty() for _ in names]
    for place, name in zip(places, names, strict=True):
        place.text(f"{name}: {text.WAITING}")

    def update(n: int, status: str) -> None:
        places[n].text(f"{names[n]}: {status}")

    return update
