"""Two or more checkpoints: their figures and curves together, and, on common images, the paired tests and the cases that differ."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.figures import probes
from dashboard.figures.style import static_chart

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport

SHOWN = ("auroc", "average_precision", "balanced_accuracy", "sensitivity", "specificity", "precision", "npv", "brier")


def overview(reports: "dict[str, EvaluationReport]") -> None:
    """One row a checkpoint, and their ROC curves in one image."""
    rows = []
    for name, r in reports.items():
        row = {"checkpoint": name, "looks for": r.label_space.positive, "images": r.test.images, "patients": r.test.patients}
        rows.append(row | {phrases.METRICS[k]: r.metrics[k].text() for k in SHOWN if k in r.metrics})
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    if len({r.split_sha256 for r in reports.values()}) > 1:
        st.caption("They were tested on different images; figures of different sets are not comparable row by row.")
    static_chart(probes.roc_of(reports), key="roc_overview", alt="ROC curves of the chosen checkpoints")


def paired(first: str, second: str) -> None:
    """The same images under two checkpoints."""
    with st.expander(f"{first} and {second} on the same images", expanded=True):
        try:
            found = checkpoints.compared(first, second)
        except SecondReaderError as e:
            st.caption(str(e))
            return
        st.caption(f"{found.n} images of {found.n_patients} patients that both were tested on. Patients are drawn whole, for both.")
        rows = [
            {
                "measure": phrases.METRICS[name],
                first: e.first.text(3),
                second: e.second.text(3),
                "second less first": e.difference.text(3),
            }
            for name, e in {"auroc": found.auroc, **found.metrics}.items()
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
        m = found.mcnemar
        st.caption(f"Right only in the first {m.only_first_right}, only in the second {m.only_second_right}; p {m.p:.3g} ({m.note}).")
        if (d := found.delong) is not None:
            st.caption(f"DeLong's paired test: z {d.z:.2f}, p {d.p:.3g} ({d.note}).")
        if found.changed:
            st.markdown(f"**{len(found.changed)} images change sides**")
            table = pd.DataFrame([c.model_dump(exclude={"case"}) for c in found.changed]).assign(sha256=lambda t: t["sha256"].str[:12])
            st.dataframe(table, hide_index=True, height=260)
