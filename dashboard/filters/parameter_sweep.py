"""The score along CLAHE's clip limit, its tiles, and gamma: how much of it depends on the preprocessing."""

import streamlit as st

from core.errors import SecondReaderError
from core.imaging.filters import clip_floor
from dashboard.cache import predictions
from dashboard.cache.keys import Chosen
from dashboard.figures.style import static_chart
from dashboard.phrases import filters as text
from dashboard.session import worklist
from dashboard.session.cancellable import cancellable
from dashboard.session.worklist import Case


def sweep(case: Case, chosen: Chosen) -> None:
    """On demand: three small curves, computed in one run."""
    if not st.toggle(text.SWEEP, key="filters_curves", help=text.SWEEP_HELP):
        return
    from dashboard.figures.parameter_sweep import parameter  # late: with it comes torch

    try:
        with cancellable(text.SWEEP_RUNNING, "curves", worklist.set_state, "filters_curves", False) as progress:
            found = predictions.curves(case.scan, chosen, progress)
    except SecondReaderError as e:
        st.error(e.what, icon=":material/error:")
        st.text(e.remedy)
        return
    for place, curve in zip(st.columns(len(found), gap="medium"), found, strict=True):
        with place:
            static_chart(parameter(curve), f"curve_{curve.name}", f"Score by {curve.name}. {curve.sentence}")
            st.text(curve.sentence)
            if curve.name == "clip limit":
                st.caption(text.SWEEP_FLOOR.format(floor=clip_floor(chosen.card.input.size)))
    st.caption(text.SWEEP_LEGEND)
