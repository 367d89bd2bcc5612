"""How the results hold: under perturbations, for a network that knows the source, and at lower resolution."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.models.card import Card
from dashboard.cache import checkpoints
from dashboard.figures import probes
from dashboard.figures.style import static_chart
from dashboard.phrases import reports as text
from dashboard.reports.empty import not_measured

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport
    from core.evaluation.resolution_report import ResolutionReport


def robustness(report: "EvaluationReport", card: Card) -> None:
    """Draw the tab."""
    st.markdown(f"##### {text.PERTURBATIONS}")
    if report.robustness:
        _perturbations(report, card.name)
    else:
        not_measured(card.name)
    st.markdown(f"##### {text.SHORTCUTS}")
    if report.shortcuts:
        _shortcuts(report)
    else:
        not_measured(card.name)
    if (found := checkpoints.resolution(card)) is not None:
        st.markdown(f"##### {text.RESOLUTION}")
        _resolution(found)


def _perturbations(report: "EvaluationReport", name: str) -> None:
    measured = [x for x in report.robustness or () if x.difference.value or x.decision_changes.value]  # the card's own filter is none
    rows = [
        {
            "perturbation": x.perturbation,
            "AUROC": x.auroc.text(),
            "difference": x.difference.text(),
            "changed decisions": x.decision_changes.text(),
        }
        for x in measured
    ]
    left, right = st.columns(2, gap="large")
    with left:
        static_chart(probes.robustness(measured), f"robustness_{name}", "AUROC difference under each perturbation")
    with right:
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    for x in report.stability or ():
        if x.error_auroc is None or x.distance_auroc is None:
            st.caption(text.SPREAD_UNDEFINED.format(source=x.source, reason=x.undefined))
        else:
            auroc, distance = x.error_auroc.text(), x.distance_auroc.text()
            st.caption(text.SPREAD.format(source=x.source, median=x.median, p90=x.p90, auroc=auroc, distance=distance))


def _shortcuts(report: "EvaluationReport") -> None:
    rows = [
        {
            "attribute": f"{x.attribute}: {x.value}" if x.value else x.attribute,
            "AUROC from features": x.auroc.text() if x.auroc else text.NOT_MEASURED.format(reason=x.undefined),
            "images": "–" if x.n is None else str(x.n),
        }
        for x in report.shortcuts or ()
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    st.caption(text.SHORTCUTS_ABOUT)


def _resolution(found: "ResolutionReport") -> None:
    """AUROC and rates by micrometres a pixel."""
    rows = [
        {
            "input": f"{x.size[0]} × {x.size[1]} pixels",
            "µm a pixel": f"{x.microns:.0f}" if x.microns else "unknown",
            "AUROC": x.auroc.text(),
            "sensitivity": x.sensitivity.text(),
            "specificity": x.specificity.text(),
            "AUROC difference": x.difference.text() if x.difference else "–",
            **{f"AUROC {c}": e.text() for c, e in x.by_class.items()},
        }
        for x in found.levels
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    seen = text.SEEN["test" if found.split == "test" else "all"]
    st.caption(text.RESOLUTION_ABOUT.format(n=found.n, patients=found.n_patients, seen=seen))
