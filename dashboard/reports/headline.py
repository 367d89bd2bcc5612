"""The cards of a model's page, all at the operating point, with the majority baseline beside the accuracy."""

from typing import TYPE_CHECKING, Literal

import streamlit as st

from core.models.card import Estimate
from dashboard import phrases
from dashboard.phrases import reports as text

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport

HEADLINE = ("auroc", "sensitivity", "specificity", "precision")


def headline(report: "EvaluationReport") -> None:
    """AUROC, sensitivity, specificity, PPV, and the accuracy against always giving the more frequent answer."""
    with st.container(horizontal=True):
        for name in HEADLINE:
            e = report.metrics[name]
            _card(phrases.METRICS[name], e, text.INTERVAL.format(interval=e.interval(), n=e.n), "off")
        accuracy, baseline = report.metrics["accuracy"], report.majority_baseline
        below = None not in (accuracy.value, baseline.value) and (accuracy.value or 0) < (baseline.value or 0)
        said = (text.BELOW_BASELINE if below else text.ABOVE_BASELINE).format(baseline=_decimals(baseline))
        _card(phrases.METRICS["accuracy"], accuracy, said, "orange" if below else "off")


def _card(name: str, e: Estimate, under: str, colour: Literal["off", "orange"]) -> None:
    about = e.undefined or f"{e.interval()}, n {e.n}: {e.method}"
    st.metric(name, _decimals(e), under, delta_color=colour, delta_arrow="off", border=True, help=about)


def _decimals(e: Estimate) -> str:
    return phrases.UNDEFINED if e.value is None else f"{e.value:.2f}"
