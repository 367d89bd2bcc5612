"""The first tab of a model's page: matrix, ROC and a thousand patients at the operating point, all metrics, caveats."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.models.card import Card, Estimate
from dashboard import phrases
from dashboard.figures import evaluation
from dashboard.figures.style import STATIC_CHART, static_chart
from dashboard.phrases import reports as text
from dashboard.reports.classes import class_table
from dashboard.reports.outside import outside
from dashboard.session import worklist

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport

RANKING = ("auroc", "average_precision", "brier")  # of the score itself, without a decision
CELLS = (("tn", "fp"), ("fn", "tp"))  # rows true, columns predicted
MIN_PREVALENCE, MAX_PREVALENCE = 0.3, 50.0  # percent; screening to a symptomatic clinic


def summary(card: Card, report: "EvaluationReport") -> None:
    """Draw the tab."""
    with st.container(horizontal=True, gap="medium"):  # under each other where there is no room
        with st.container(width=400):
            matrix(card, report)
        with st.container(width=420):
            _roc(report, card.name)
        with st.container(width=500):
            _thousand(report, card)
    for sentence in report.summary:
        st.text(sentence)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"##### {text.METRICS}")
        _metrics(report)
    with right:
        st.markdown(f"##### {text.CLASSES}")
        class_table(report.per_class)
        _caveats(card, report)
    outside(card)


def matrix(card: Card, report: "EvaluationReport") -> None:
    """The confusion matrix at the operating point; a click on a cell opens its images."""
    key = f"confusion_{card.name}"

    def open_cell() -> None:
        points = st.session_state[key].selection.points
        if points:
            true, called = (report.confusion.classes.index(c) for c in points[0]["customdata"])
            worklist.set_state(f"cell_{card.name}", CELLS[true][called])
            worklist.set_state(f"tab_{card.name}", text.TABS["errors"])

    (tn, fp), (fn, tp) = report.confusion.counts
    st.plotly_chart(
        evaluation.confusion(report.confusion.classes, report.confusion.counts, by_row=False),
        config=STATIC_CHART,
        key=key,
        on_select=open_cell,
        selection_mode="points",
        alt=text.MATRIX_ALT.format(tp=tp, fn=fn, fp=fp, tn=tn),
    )
    st.caption(text.CLICK)


def _roc(report: "EvaluationReport", name: str) -> None:
    point = (report.metrics["specificity"].value, report.metrics["sensitivity"].value)
    curves = [c for c in report.roc_curves if c.label == report.label_space.positive]
    static_chart(evaluation.roc(curves, point, height=330), f"roc_{name}", text.ROC_ALT)


def _thousand(report: "EvaluationReport", card: Card) -> None:
    from core.evaluation.metrics.operating_point import expected_counts

    percent = st.slider(
        phrases.escaped(text.PREVALENCE.format(positive=card.label_space.positive)),
        MIN_PREVALENCE,
        MAX_PREVALENCE,
        1.0,
        0.1,
        format="%.1f %%",
        key=f"prevalence_{card.name}",
        help=text.PREVALENCE_HELP,
    )
    tp, fn, fp, tn = expected_counts(report.metrics, 1000, percent / 100).values()
    sentence = text.THOUSAND.format(positive=tp + fn, tp=tp, fn=fn, fp=fp, tn=tn)
    static_chart(evaluation.patients(dict(zip(text.OUTCOMES, (tp, fn, fp, tn), strict=True))), f"thousand_{card.name}", sentence)
    st.text(sentence)


def _metrics(report: "EvaluationReport") -> None:
    """Every metric, with the rule by which an image was counted."""
    rows = [
        _row(phrases.METRICS.get(k, k), text.RULE_RANKING if k in RANKING else text.RULE_THRESHOLD, e) for k, e in report.metrics.items()
    ]
    rows.append(_row(text.BASELINE, text.RULE_RANKING, report.majority_baseline))
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")


def _row(name: str, rule: str, e: Estimate) -> dict[str, str | int]:
    value = e.undefined or "" if e.value is None else f"{e.value:.3f}"
    return {"metric": name, "decision rule": rule, "value": value, "95 % interval": e.interval(), "images": e.n}


def _caveats(card: Card, report: "EvaluationReport") -> None:
    """All that limits these numbers, in one list."""
    found = [text.SYNTHETIC_NOTE] if report.synthetic else []
    if report.waiver:
        found.append(text.WAIVED.format(reason=report.waiver))
    found += [*card.limits, *report.notes]
    if found:
        st.markdown(f"##### {text.CAVEATS}")
        st.markdown("\n".join(f"- {phrases.escaped(caveat)}" for caveat in found))
