"""Parts of a report page about trust: does the score hold under changes, does the heatmap, and what else do the features tell?"""

from typing import TYPE_CHECKING, get_args

import pandas as pd
import streamlit as st

from core.evaluation.evaluation_report import Subset
from dashboard.figures import probes
from dashboard.figures.style import static_chart

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport

MISSING = "Not measured for this checkpoint. `second-reader evaluate NAME --data DIR --save` does it."


def show(report: "EvaluationReport", key: str) -> None:
    """The sections, closed at first."""
    with st.expander("Does the score hold when the image changes a little?"):
        _robustness(report, key)
    with st.expander("How far can its heatmaps be trusted?"):
        _heatmaps(report, key)
    with st.expander("What else do its features tell?"):
        _shortcuts(report)


def _robustness(report: "EvaluationReport", key: str) -> None:
    if not report.robustness:
        st.caption(MISSING)
        return
    changes = [x for x in report.robustness if x.difference.value or x.decision_changes.value]  # the card's own filter is none
    figure = probes.robustness(changes)
    static_chart(figure, key=f"robustness_{key}", alt="Change of the AUROC under each change of the image")
    rows = [
        {
            "change": x.perturbation,
            "AUROC": x.auroc.text(),
            "difference": x.difference.text(),
            "decisions that change sides": x.decision_changes.text(),
        }
        for x in changes
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    for x in report.stability or ():
        if x.undefined:
            st.caption(f"Spread under {x.source}: not measured, {x.undefined}.")
            continue
        st.caption(
            f"Spread of the score under {x.source}: half of the images below {x.median:.3f}, nine tenths below {x.p90:.3f}. It tells "
            f"wrong decisions from right ones with AUROC {x.error_auroc.text()}; the distance to the threshold alone, "
            f"which costs nothing, with {x.distance_auroc.text()}."
        )


def _heatmaps(report: "EvaluationReport", key: str) -> None:
    if not (report.heatmaps or report.faithfulness):
        st.caption(MISSING if report.label_space.localisable else "What this checkpoint looks for has no place in the image.")
        return
    if found := report.heatmaps:
        subset = st.segmented_control("Images", get_args(Subset), default="all", key=f"subset_{key}") or "all"
        rows = [
            {
                "heatmap": r.method,
                "images": r.n,
                "peak in the lesion": r.pointing.text(),
                "heat in the lesion": r.energy.text(),
                "best overlap (IoU)": r.iou.text(),
            }
            for r in found.rows
            if r.subset == subset
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
        st.caption(f"Images that show {found.label} and whose lesions are known; the last two rows are what knowing nothing reaches.")
    if found := report.faithfulness:
        parts = "; ".join(f"{x.part} {x.similarity.text()}" for x in found.randomised)
        st.text(
            f"Similarity of the heatmap to that of a network with weights drawn anew (1: the same map, so it says nothing of the weights), "
            f"{found.n} images: {parts}."
        )
        figure = probes.deletion(found.curves)
        static_chart(figure, key=f"deletion_{key}", alt="Score by the share of the breast taken or shown")
        st.caption(
            f"Area under the score, hottest first less random order: taken away {found.deletion.text()} "
            f"(below 0: the score hangs on what the map marks), shown alone {found.insertion.text()} (above 0: likewise)."
        )


def _shortcuts(report: "EvaluationReport") -> None:
    if not report.shortcuts:
        st.caption(MISSING)
        return
    rows = [
        {
            "asked for": f"{x.attribute}: {x.value}" if x.value else x.attribute,
            "AUROC from the features": x.auroc.text() if x.auroc else f"not measured: {x.undefined}",
            "images": x.n,
        }
        for x in report.shortcuts
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    st.caption(
        "A logistic regression on the network's features, folds by patient. Where the features tell the source, the model may answer "
        "from the scanner instead of the breast. Markers and labels: see “outside erased” above."
    )
