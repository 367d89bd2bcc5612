"""The score along CLAHE's clip limit, its tiles, and gamma: how much of it is a choice of the preprocessing."""

import streamlit as st

from core.errors import SecondReaderError
from core.imaging.filters import clip_floor
from core.models.card import Card
from dashboard import phrases
from dashboard.cache import predictions
from dashboard.figures.style import static_chart
from dashboard.session import worklist
from dashboard.session.cancellable import stoppable
from dashboard.session.worklist import Case


def panel(case: Case, card: Card, any_domain: bool) -> None:
    """On demand: three small curves, computed in one run."""
    if not st.toggle("Score along clip limit, tiles and gamma", key="compare_curves", help=phrases.CURVES_HELP):
        return
    from dashboard.figures.parameter_sweep import parameter  # late: with it comes torch

    try:
        with stoppable("Scoring under other parameters", "curves", worklist.keep, "compare_curves", False) as told:
            found = predictions.curves(case.scan, card, any_domain, told)
    except SecondReaderError as e:
        st.error(e.what, icon=":material/error:")
        st.text(e.remedy)
        return
    for place, curve in zip(st.columns(len(found), gap="medium"), found, strict=True):
        with place:
            static_chart(parameter(curve), key=f"curve_{curve.name}", alt=f"Score by {curve.name}. {curve.sentence}")
            st.text(curve.sentence)
            if curve.name == "clip limit":
                st.caption(
                    f"Below {clip_floor(card.input.size):.0f} every clip limit gives the same image: it counts a tile's pixels for each "
                    "of 65,536 levels, at least one. The compared CLAHE uses 2."
                )
    st.caption("Across: the threshold. Dotted: the score by the checkpoint's own recipe. Upright: the value used elsewhere.")
