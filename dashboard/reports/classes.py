"""Tables of classes, and the tab of more than two classes that no threshold moves."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import phrases
from dashboard.figures import evaluation
from dashboard.figures.style import static_chart
from dashboard.phrases import reports as text

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport
    from core.evaluation.parts.decisions import ClassMetrics


def class_table(found: "Sequence[ClassMetrics]") -> None:
    """Precision, recall, F1 and, for more than two, AUROC of each class against the rest."""
    rows = [
        {"class": c.label, "images": c.support, "precision": c.precision.text(), "recall": c.recall.text(), "F1": c.f1.text()}
        | ({"AUROC": c.auroc.text()} if len(found) > 2 else {})  # of two classes it is that of the page's head
        for c in found
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")


def argmax(report: "EvaluationReport", name: str) -> None:
    """Each image counted as its most probable class: matrix, metrics, class table, ROC curves, frequent confusions."""
    found = report.argmax
    if found is None:
        return
    st.caption(text.ARGMAX_ABOUT)
    matrix = found.confusion
    with st.container(horizontal=True, gap="large"):
        figure = evaluation.confusion(matrix.classes, matrix.counts, by_row=False)
        static_chart(
            figure, f"classes_{name}", f"Confusion matrix by argmax, {', '.join(matrix.classes)}", width=200 + 110 * len(matrix.classes)
        )
        static_chart(evaluation.roc(report.roc_curves), f"roc_classes_{name}", text.ROC_CLASSES, width=480)
    rows = [{"metric": phrases.METRICS.get(k, k), "value": e.text(), "images": e.n} for k, e in found.metrics.items()]
    rows.append({"metric": text.BASELINE, "value": found.majority_baseline.text(), "images": found.majority_baseline.n})
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    with right:
        class_table(found.per_class)
    for sentence in (*found.summary[:4], *(group.text for group in found.grouped)):
        st.text(sentence)
