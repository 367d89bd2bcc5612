"""Sections of a report that open on demand: agreement, levels, subgroups, uncertainty, checklist, export."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.models.card import Card
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.figures import evaluation
from dashboard.figures.style import static_chart
from dashboard.phrases import reports as text
from dashboard.reports import fusion as fusion_section
from dashboard.reports.multilabel import multilabel
from dashboard.reports.resolution import resolution

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport


def sections(report: "EvaluationReport", card: Card | None, key: str) -> None:
    """Draw them, closed at first; those that were not measured are left out."""
    with st.expander(text.AGREEMENT):
        _agreement(report)
    if report.multilabel is not None:
        with st.expander(text.MULTILABEL):
            multilabel(report.multilabel)
    if card is not None and (fusion := checkpoints.sidecar(card, "fusion.json")) is not None:
        with st.expander(text.WITH_NOTES):
            fusion_section.render(fusion)
    if card is not None and (downsampled := checkpoints.resolution(card)) is not None:
        with st.expander(text.RESOLUTION):
            resolution(downsampled)
    with st.expander(text.LEVELS):
        _levels(report)
    with st.expander(text.SUBGROUPS):
        _subgroups(report)
    with st.expander(text.UNCERTAINTY):
        _uncertainty(report, key)
    if card is not None:
        with st.expander(text.CHECKLIST):
            from core.evaluation.checklist import checklist

            st.dataframe(pd.DataFrame([asdict(i) for i in checklist(card, report)]), hide_index=True, height=360)
    with st.expander(text.EXPORT):
        _export(report, key)


def _agreement(report: "EvaluationReport") -> None:
    rows = [{"metric": phrases.METRICS.get(k, k), "value": e.text()} for k, e in report.agreement.items()]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    for name, i in report.analytic_intervals.items():
        st.caption(text.ANALYTIC.format(name=phrases.METRICS.get(name, name), method=i.method, low=i.low, high=i.high, note=i.note))


def _levels(report: "EvaluationReport") -> None:
    rows = [
        {
            "level": x.level,
            "aggregation": "–" if x.aggregation == "none" else x.aggregation,
            "n": x.n,
            "AUROC": x.auroc.text(),
            "Sensitivity": x.sensitivity.text(),
            "Specificity": x.specificity.text(),
        }
        for x in report.by_level
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    st.caption(text.LEVELS_ABOUT)


def _subgroups(report: "EvaluationReport") -> None:
    if not report.subgroups:
        st.caption(text.NO_SUBGROUPS)
        return
    rows = [
        {
            "by": x.stratum,
            "group": x.value,
            "images": x.n,
            "patients": x.n_patients,
            "positive": x.n_positive,
            "AUROC": x.auroc.text(),
            "sensitivity": x.sensitivity.text(),
            "warning": x.warning,
        }
        for x in report.subgroups
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    st.caption(text.SUBGROUPS_ABOUT)


def _uncertainty(report: "EvaluationReport", key: str) -> None:
    if found := report.conformal:
        coverage = found.coverage.text()
        st.text(text.CONFORMAL.format(target=1 - found.alpha, n=found.n_validation, coverage=coverage, size=found.mean_size))
        rows = [{"class": c, "coverage": e.text()} for c, e in found.by_class.items()]
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
        st.caption(text.SET_SIZES.format(sizes=", ".join(f"{k}: {n}" for k, n in found.set_sizes.items())))
    risk = report.selective_prediction
    static_chart(evaluation.risk(risk.coverage, risk.error_rate), f"risk_{key}", "Error rate by coverage")
    st.caption(text.SELECTIVE.format(aurc=risk.aurc))


def _export(report: "EvaluationReport", key: str) -> None:
    from core.evaluation.export import html_of
    from core.evaluation.pdf import pdf_of
    from core.evaluation.report_text import table_of
    from core.files import csv_text

    name = f"{report.checkpoint}-report-research-use-only"
    makers: dict[str, tuple[Callable[[], str | bytes], str]] = {  # made on request
        "pdf": (lambda: pdf_of(report), "application/pdf"),
        "html": (lambda: html_of(report), "text/html"),
        "csv": (lambda: csv_text(table_of(report)), "text/csv"),
        "json": (lambda: report.model_dump_json(indent=2), "application/json"),
    }
    with st.container(horizontal=True):
        for kind, (make, mime) in makers.items():
            label, file = kind.upper(), f"{name}.{kind}"
            st.download_button(label, make, file, mime, icon=":material/download:", key=f"{kind}_{key}", on_click="ignore")
