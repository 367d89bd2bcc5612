"""How far the heatmaps mark the lesions, and whether they follow the network."""

from typing import TYPE_CHECKING, get_args

import pandas as pd
import streamlit as st

from core.evaluation.parts.probes import Subset
from core.models.card import Card
from dashboard.figures import probes
from dashboard.figures.style import static_chart
from dashboard.phrases import reports as text
from dashboard.reports.empty import not_measured

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport
    from core.evaluation.parts.probes import Faithfulness, HeatmapEvaluation


def heatmaps(report: "EvaluationReport", card: Card) -> None:
    """Draw the tab."""
    if report.localisation:
        st.text(report.localisation.text)
    if not (report.heatmaps or report.faithfulness):
        if report.label_space.localisable:
            not_measured(card.name)
        else:
            st.caption(text.NOT_LOCALISABLE)
    if report.heatmaps:
        _scores(report.heatmaps, card)
    if report.froc:
        rows = [
            {"marks an image, at most": p.marks, "lesions found": p.recall.text(), "marks in a lesion": p.precision.text()}
            for p in report.froc
        ]
        st.markdown(f"##### {text.FROC}")
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
        st.caption(text.FROC_ABOUT.format(n=report.froc[0].n))
    if report.faithfulness:
        _faithfulness(report.faithfulness, card.name)


def _scores(found: "HeatmapEvaluation", card: Card) -> None:
    subset = st.segmented_control(text.SUBSET, get_args(Subset), default="all", key=f"subset_{card.name}") or "all"
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
    st.caption(text.OWN_THRESHOLD.format(threshold=card.threshold))


def _faithfulness(found: "Faithfulness", name: str) -> None:
    st.markdown(f"##### {text.FAITHFULNESS}")
    parts = "; ".join(f"{x.part} {x.similarity.text()}" for x in found.randomised)
    st.text(text.RANDOMISATION.format(n=found.n, parts=parts))
    static_chart(probes.deletion(found.curves), f"deletion_{name}", "Score by the share of the breast deleted or inserted", width=760)
    st.caption(text.DELETION.format(deletion=found.deletion.text(), insertion=found.insertion.text()))
