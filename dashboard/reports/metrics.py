"""Numbers of a report: cards at the operating point, the table of metrics with their decision rule, classes, calibration."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from core.models.card import Card, Estimate
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.figures import evaluation
from dashboard.figures.style import static_chart
from dashboard.phrases import reports as text

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport

HEADLINE = ("auroc", "sensitivity", "specificity", "precision")
RANKING = ("auroc", "average_precision", "brier")  # of the score itself, without a decision


def cards(report: "EvaluationReport") -> None:
    """The headline, all of it at the operating point."""
    with st.container(horizontal=True):
        for name in HEADLINE:
            e = report.metrics[name]
            value = phrases.UNDEFINED if e.value is None else f"{e.value:.2f}"
            spread = f"{e.interval()}, n {e.n}"
            st.metric(phrases.METRICS[name], value, spread, delta_color="off", delta_arrow="off", border=True, help=e.undefined or e.method)


def table(report: "EvaluationReport") -> None:
    """Every metric, with the rule by which an image was counted."""
    rows = [_row(phrases.METRICS.get(k, k), _rule(k), e) for k, e in report.metrics.items()]
    rows.append(_row(text.BASELINE, text.RULE_RANKING, report.majority_baseline))
    columns = {"value": st.column_config.NumberColumn(format="%.3f")}
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", column_config=columns)


def _rule(name: str) -> str:
    if name in RANKING:
        return text.RULE_RANKING
    return text.RULE_THRESHOLD


def _row(name: str, rule: str, e: Estimate) -> dict[str, str | float | None]:
    values = {"value": e.value, "95 % interval": e.interval(), "images": e.n, "patients": e.n_patients}
    return {"metric": name, "decision rule": rule} | values


def classes(report: "EvaluationReport", key: str) -> None:
    """More than two classes, each image counted as its most probable one: matrix, class table, frequent confusions."""
    st.caption(text.CLASSES_ABOUT)
    if report.argmax is None:
        return
    found = report.argmax.confusion
    static_chart(
        evaluation.confusion(found.classes, found.counts, True),
        f"classes_{key}",
        f"Confusion matrix by argmax, {', '.join(found.classes)}",
        width=200 + 150 * len(found.classes),
    )
    rows = [
        {
            "class": c.label,
            "precision": c.precision.text(),
            "recall": c.recall.text(),
            "F1": c.f1.text(),
            "AUROC": c.auroc.text(),
            "support": c.support,
        }
        for c in report.argmax.per_class
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    for sentence in (*report.argmax.summary[:4], *(group.text for group in report.argmax.grouped)):
        st.text(sentence)


def calibration(card: Card, key: str) -> None:
    """The reliability diagram with and without the temperature."""
    try:
        found, before = checkpoints.reliability(card), checkpoints.reliability(card, 1.0)
    except SecondReaderError as e:
        st.info(str(e), icon=":material/info:")
        return
    static_chart(evaluation.reliability(found.bins, before.bins), f"reliability_{key}", "Reliability diagram")
    st.caption(found.sentence)
    st.caption(text.BEFORE_TEMPERATURE.format(temperature=card.temperature, sentence=before.sentence))
