"""Sections of a report measured with the model at hand: robustness, heatmap quality, shortcut probes."""

from typing import TYPE_CHECKING, get_args

import pandas as pd
import streamlit as st

from core.evaluation.parts.probes import Subset
from dashboard.figures import probes
from dashboard.figures.style import static_chart
from dashboard.phrases import reports as text

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport, Faithfulness, HeatmapEvaluation


def show(report: "EvaluationReport", key: str) -> None:
    """The sections, closed at first."""
    with st.expander(text.ROBUSTNESS):
        _robustness(report, key)
    with st.expander(text.HEATMAPS):
        _heatmaps(report, key)
    with st.expander(text.SHORTCUTS):
        _shortcuts(report)


def _robustness(report: "EvaluationReport", key: str) -> None:
    if not report.robustness:
        st.caption(text.MISSING)
        return
    measured = [x for x in report.robustness if x.difference.value or x.decision_changes.value]  # the card's own filter is none
    static_chart(probes.robustness(measured), f"robustness_{key}", "AUROC difference under each perturbation")
    rows = [
        {
            "perturbation": x.perturbation,
            "AUROC": x.auroc.text(),
            "difference": x.difference.text(),
            "changed decisions": x.decision_changes.text(),
        }
        for x in measured
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    for x in report.stability or ():
        if x.error_auroc is None or x.distance_auroc is None:
            st.caption(text.SPREAD_UNDEFINED.format(source=x.source, reason=x.undefined))
        else:
            auroc, distance = x.error_auroc.text(), x.distance_auroc.text()
            st.caption(text.SPREAD.format(source=x.source, median=x.median, p90=x.p90, auroc=auroc, distance=distance))


def _heatmaps(report: "EvaluationReport", key: str) -> None:
    if report.localisation:
        st.text(report.localisation.text)
    if not (report.heatmaps or report.faithfulness):
        st.caption(text.MISSING if report.label_space.localisable else text.NOT_LOCALISABLE)
    if report.heatmaps:
        _heatmap_scores(report.heatmaps, key)
    if report.faithfulness:
        _faithfulness(report.faithfulness, key)


def _heatmap_scores(found: "HeatmapEvaluation", key: str) -> None:
    subset = st.segmented_control("Images", get_args(Subset), default="all", key=f"subset_{key}") or "all"
    rows = [
        {
            "heatmap": r.method,
            "images": r.n,
            "peak in the lesion": r.pointing.text(),
            "energy in the lesion": r.energy.text(),
            "best overlap (IoU)": r.iou.text(),
        }
        for r in found.rows
        if r.subset == subset
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    st.caption(text.HEATMAPS_ABOUT.format(label=found.label))


def _faithfulness(found: "Faithfulness", key: str) -> None:
    parts = "; ".join(f"{x.part} {x.similarity.text()}" for x in found.randomised)
    st.text(text.RANDOMISATION.format(n=found.n, parts=parts))
    static_chart(probes.deletion(found.curves), f"deletion_{key}", "Score by the share of the breast deleted or inserted")
    st.caption(text.DELETION.format(deletion=found.deletion.text(), insertion=found.insertion.text()))


def _shortcuts(report: "EvaluationReport") -> None:
    if not report.shortcuts:
        st.caption(text.MISSING)
        return
    rows = [
        {
            "attribute": f"{x.attribute}: {x.value}" if x.value else x.attribute,
            "AUROC from features": x.auroc.text() if x.auroc else text.NOT_MEASURED.format(reason=x.undefined),
            "images": x.n,
        }
        for x in report.shortcuts
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    st.caption(text.SHORTCUTS_ABOUT)
