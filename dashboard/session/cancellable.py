"""Work that takes a while: how far it is, and a button that ends it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import streamlit as st

BOX, FEW = 220, 8  # pixels of the box of rows; files that need none


@contextmanager
def stoppable(words: str, key: str, stop: Callable, *args: object) -> Iterator[Callable[[int, int], None]]:
    """A bar with a Stop button; what is given takes (done, total).

    Streamlit ends a run where it next speaks to the page once a button was pressed: here at the next (done, total). What was done until
    then stays done. `stop(*args)` is called at the start of the run that follows, and sees to it that the work does not begin again.
    """
    place = st.empty()
    with place.container(horizontal=True, vertical_alignment="center", key=f"working_{key}"):
        bar = st.progress(0.0, words)
        st.button("Stop", key=f"stop_{key}", icon=":material/stop:", on_click=stop, args=args)
    try:
        yield lambda done, total: bar.progress(done / total, f"{words}: {done} of {total}")
    except Exception:
        place.empty()
        raise
    place.empty()


def rows(names: Sequence[str]) -> Callable[[int, str], None]:
    """A row a file in a box that scrolls; what comes back takes (place, what becomes of it). They go with the next run."""
    with st.container(height=BOX if len(names) > FEW else "content", gap=None, key="rows"):
        places = [st.empty() for _ in names]
    for place, name in zip(places, names, strict=True):
        place.text(f"{name}: waiting")
    return lambda n, words: places[n].text(f"{names[n]}: {words}")
