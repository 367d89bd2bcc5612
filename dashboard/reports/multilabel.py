"""Labels that may occur together: Hamming loss, subset accuracy, each label at its own threshold, co-occurrence."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import phrases
from dashboard.phrases import reports as text

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport


def multilabel(report: "EvaluationReport") -> None:
    """Draw the tab."""
    found = report.multilabel
    if found is None:
        return
    from core.evaluation.metrics.multilabel import DECISION_RULES

    rows = [
        {
            "decision rule": name,
            phrases.METRICS["hamming_loss"]: found.hamming_loss[rule].text(3),
            phrases.METRICS["subset_accuracy"]: found.subset_accuracy[rule].text(3),
        }
        for rule, name in DECISION_RULES.items()
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    st.caption(text.HAMMING.format(common=", ".join(found.most_frequent_set) or text.NO_LABEL))
    rows = [
        {
            "label": x.label,
            "threshold": f"{x.threshold:.3f}",
            phrases.METRICS["sensitivity"]: x.sensitivity.text(),
            phrases.METRICS["specificity"]: x.specificity.text(),
            phrases.METRICS["precision"]: x.precision.text(),
            phrases.METRICS["auroc"]: x.auroc.text(),
            "positive in validation": f"{x.n_validation_positive} of {x.n_validation}",
        }
        for x in found.labels
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    st.caption(text.LABEL_THRESHOLDS)
    pairs = found.co_occurrence
    for counts, title in ((pairs.true, text.BOTH_LABELS), (pairs.predicted, text.CALLED_LABELS)):
        st.text(title)
        st.dataframe(pd.DataFrame(counts, list(pairs.labels), list(pairs.labels)), height="content")
