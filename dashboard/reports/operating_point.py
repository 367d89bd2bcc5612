"""The threshold console of a report: drag it, and counts, rates, words, net benefit and a thousand patients follow."""

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.figures import evaluation
from dashboard.figures.style import static_chart

RULES = {
    "youden": "Youden",
    "sensitivity=0.90": "sensitivity 0.90",
    "sensitivity=0.95": "sensitivity 0.95",
    "specificity=0.90": "specificity 0.90",
    "specificity=0.95": "specificity 0.95",
    "cost=5": "a miss costs 5 false alarms",
    "cost=20": "a miss costs 20",
}
LEAST, MOST = 0.3, 50.0  # percent of patients; screening to a clinic for symptoms


@st.fragment
def console(card, key: str) -> None:
    """Draw the console for a checkpoint; a change reruns this part alone."""
    from core.evaluation.metrics.operating_point import at

    try:
        validation, test = checkpoints.scores(card, "validation"), checkpoints.scores(card, "test")
        rules = checkpoints.rules(card)
    except SecondReaderError as e:
        st.info(str(e), icon=":material/info:")
        return
    positive = card.label_space.positive
    choice = st.pills("Chosen on validation for", ["the card's own", *rules], format_func=lambda r: RULES.get(r, r), key=f"rule_{key}")
    start = card.threshold if choice in (None, "the card's own") else rules[choice]
    threshold = st.slider("Threshold", 0.0, 1.0, float(start), 0.005, format="%.3f", key=f"threshold_{key}_{choice}")
    point, before = at(test, threshold), at(validation, threshold)
    st.text(
        f"Of {point.tp + point.fn} test images that show {positive}, {point.tp} are called positive and {point.fn} are missed; "
        f"of the other {point.fp + point.tn}, {point.fp} are called positive."
    )
    rows = [
        {
            "rate": phrases.RATES[name],
            "test": e.text(),
            "n": e.n,
            "validation": before.rates[name].text(),
        }
        for name, e in point.rates.items()
    ]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    with right:
        figure = evaluation.confusion(["negative", "positive"], [[point.tn, point.fp], [point.fn, point.tp]], by_row=False)
        static_chart(figure, key=f"decision_{key}", alt="Decisions at this threshold")
    _thousand(point, positive, key)
    _benefit(test, threshold, key)


def _thousand(point, positive: str, key: str) -> None:
    percent = st.slider(
        f"Patients who have it, of those you see: {positive}",
        LEAST,
        MOST,
        1.0,
        0.1,
        format="%.1f %%",
        key=f"prevalence_{key}",
        help=phrases.PREVALENCE_HELP,
    )
    patients = point.among(1000, percent / 100)
    figure = evaluation.patients(patients)
    static_chart(figure, key=f"women_{key}", alt=f"1,000 patients: {patients}")
    called = patients["found"] + patients["false alarms"]
    share = f"{patients['found']} of the {called} called positive have it." if called else "None is called positive."
    st.text(
        f"Of 1,000 patients, {patients['found'] + patients['missed']} have it: {patients['found']} are found, {patients['missed']} missed. "
        f"{patients['false alarms']} others are called positive. {share}"
    )


def _benefit(test, threshold: float, key: str) -> None:
    from core.evaluation.metrics.operating_point import net_benefits

    grid = np.linspace(0.005, 0.9, 180)
    figure = evaluation.net_benefit(grid, net_benefits(test, grid), threshold)
    static_chart(figure, key=f"benefit_{key}", alt="Net benefit by threshold")
    st.caption("Net benefit (Vickers & Elkin 2006): above both lines, deciding by the score is worth more than calling all or none.")
