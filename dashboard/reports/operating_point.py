"""Other operating points: move the threshold, and counts, rates, net benefit and a thousand patients follow."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from core.models.card import Card
from dashboard.cache import checkpoints
from dashboard.figures import evaluation
from dashboard.figures.style import static_chart
from dashboard.phrases import reports as text

if TYPE_CHECKING:
    from core.evaluation.metrics.operating_point import OperatingPoint
    from core.evaluation.predictions import Predictions

MIN_PREVALENCE, MAX_PREVALENCE = 0.3, 50.0  # percent; screening to a symptomatic clinic


@st.fragment
def console(card: Card, key: str) -> None:
    """Draw the console of a checkpoint; a change reruns this part alone."""
    from core.evaluation.metrics.operating_point import at

    try:
        validation, test = checkpoints.scores(card, "validation"), checkpoints.scores(card, "test")
        rules = checkpoints.rules(card)
    except SecondReaderError as e:
        st.info(str(e), icon=":material/info:")
        return
    positive = card.label_space.positive
    st.caption(text.CONSOLE_ABOUT)
    options = [text.OWN_RULE, *rules]
    rule = st.pills(text.CONSOLE_RULE, options, format_func=lambda r: text.RULES.get(r, r), key=f"rule_{key}")
    start = rules.get(rule or "", card.threshold)
    threshold = st.slider("Threshold", 0.0, 1.0, float(start), 0.005, format="%.3f", key=f"threshold_{key}_{rule}")
    point, before = at(test, threshold), at(validation, threshold)
    st.text(text.CONSOLE_COUNTS.format(tp=point.tp, fn=point.fn, fp=point.fp, tn=point.tn, positive=positive))
    _rates(point, before, key)
    _thousand(point, positive, key)
    _benefit(test, threshold, key)


def _rates(test: "OperatingPoint", validation: "OperatingPoint", key: str) -> None:
    rows = [
        {"rate": text.RATES[name], "test": e.text(), "n": e.n, "validation": validation.rates[name].text()}
        for name, e in test.rates.items()
    ]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    with right:
        figure = evaluation.confusion(("negative", "positive"), ((test.tn, test.fp), (test.fn, test.tp)), by_row=False)
        static_chart(figure, f"decision_{key}", "Confusion matrix at this threshold")


def _thousand(point: "OperatingPoint", positive: str, key: str) -> None:
    from core.evaluation.metrics.operating_point import expected_counts

    percent = st.slider(
        text.PREVALENCE.format(positive=positive),
        MIN_PREVALENCE,
        MAX_PREVALENCE,
        1.0,
        0.1,
        format="%.1f %%",
        key=f"prevalence_{key}",
        help=text.PREVALENCE_HELP,
    )
    tp, fn, fp, tn = expected_counts(point.rates, 1000, percent / 100).values()
    sentence = text.THOUSAND.format(positive=tp + fn, tp=tp, fn=fn, fp=fp, tn=tn)
    static_chart(evaluation.patients(dict(zip(text.OUTCOMES, (tp, fn, fp, tn), strict=True))), f"thousand_{key}", sentence)
    st.text(sentence)


def _benefit(test: "Predictions", threshold: float, key: str) -> None:
    from core.evaluation.metrics.operating_point import net_benefits

    grid = np.linspace(0.005, 0.9, 180)
    static_chart(evaluation.net_benefit(grid, net_benefits(test, grid), threshold), f"benefit_{key}", "Net benefit by threshold")
    st.caption(text.NET_BENEFIT)
