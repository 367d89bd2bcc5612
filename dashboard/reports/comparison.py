"""Two or more checkpoints: metrics and ROC curves together, and, on common images, paired tests and different decisions."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.figures import probes
from dashboard.figures.style import static_chart
from dashboard.phrases import reports as text

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport

METRICS = ("auroc", "average_precision", "balanced_accuracy", "sensitivity", "specificity", "precision", "npv", "brier")


def overview(reports: "dict[str, EvaluationReport]") -> None:
    """One row a checkpoint, and their ROC curves in one chart."""
    rows = []
    for r in reports.values():
        row = {"model": r.title, "target": r.label_space.positive, "images": r.test.images, "patients": r.test.patients}
        rows.append(row | {phrases.METRICS[k]: r.metrics[k].text() for k in METRICS if k in r.metrics})
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    if len({r.split_sha256 for r in reports.values()}) > 1:
        st.caption(text.DIFFERENT_TESTS)
    static_chart(probes.roc_of(reports), key="roc_overview", alt="ROC curves of the chosen models")


def paired(first: str, second: str) -> None:
    """The same images under two checkpoints."""
    with st.expander(text.SAME_IMAGES.format(first=first, second=second), expanded=True):
        try:
            found = checkpoints.compared(first, second)
        except SecondReaderError as e:
            st.caption(str(e))
            return
        st.caption(text.PAIRED.format(n=found.n, patients=found.n_patients))
        rows = [
            {
                "metric": phrases.METRICS[name],
                first: e.first.text(3),
                second: e.second.text(3),
                "difference": e.difference.text(3),
            }
            for name, e in {"auroc": found.auroc, **found.metrics}.items()
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
        m = found.mcnemar
        st.caption(text.MCNEMAR.format(first=first, second=second, a=m.only_first_right, b=m.only_second_right, p=m.p, note=m.note))
        if (d := found.delong) is not None:
            st.caption(text.DELONG.format(z=d.z, p=d.p, note=d.note))
        if found.changed:
            st.text(text.CHANGED.format(n=len(found.changed)))
            table = pd.DataFrame([c.model_dump(exclude={"case"}) for c in found.changed]).assign(sha256=lambda t: t["sha256"].str[:12])
            st.dataframe(table, hide_index=True, height=260)
