"""Parts of a report page about trust: does the score hold under changes, does the heatmap, and what else do the features tell?"""

import pandas as pd
import streamlit as st

from dashboard import phrases
from dashboard.figures import probes
from dashboard.figures.style import static_chart

MISSING = "Not measured for this checkpoint. `second-reader evaluate NAME --data DIR --save` does it."


def show(report: dict, key: str) -> None:
    """The sections, closed at first."""
    with st.expander("Does the score hold when the image changes a little?"):
        _robustness(report, key)
    with st.expander("How far can its heatmaps be trusted?"):
        _heatmaps(report, key)
    with st.expander("What else do its features tell?"):
        _shortcuts(report)


def _robustness(report: dict, key: str) -> None:
    if not report.get("robustness"):
        st.caption(MISSING)
        return
    changes = [x for x in report["robustness"] if x["difference"]["value"] or x["crossing"]["value"]]  # the card's own filter is none
    figure = probes.robustness(changes)
    static_chart(figure, key=f"robustness_{key}", alt="Change of the AUROC under each change of the image")
    rows = [
        {
            "change": x["change"],
            "AUROC": phrases.estimate(x["auroc"]),
            "difference": phrases.estimate(x["difference"]),
            "decisions that change sides": phrases.estimate(x["crossing"]),
        }
        for x in changes
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    for x in report["spread"]:
        if "reason" in x:
            st.caption(f"Spread under {x['of']}: not measured, {x['reason']}.")
            continue
        st.caption(
            f"Spread of the score under {x['of']}: half of the images below {x['median']:.3f}, nine tenths below {x['p90']:.3f}. It tells "
            f"wrong decisions from right ones with AUROC {phrases.estimate(x['tells_errors'])}; the distance to the threshold alone, "
            f"which costs nothing, with {phrases.estimate(x['alone'])}."
        )


def _heatmaps(report: dict, key: str) -> None:
    if not (report.get("heatmaps") or report.get("faithfulness")):
        st.caption(MISSING if report["label_space"]["positive"] != "dense" else "What this checkpoint looks for has no place in the image.")
        return
    if found := report.get("heatmaps"):
        among = st.segmented_control("Among", phrases.AMONG, default="all", format_func=phrases.AMONG.get, key=f"among_{key}") or "all"
        rows = [
            {
                "heatmap": r["method"],
                "images": r["n"],
                "peak in the lesion": phrases.estimate(r["pointing"]),
                "heat in the lesion": phrases.estimate(r["energy"]),
                "best overlap (IoU)": phrases.estimate(r["iou"]),
            }
            for r in found["rows"]
            if r["among"] == among
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
        st.caption(f"Images that show {found['label']} and whose lesions are known; the last two rows are what knowing nothing reaches.")
    if found := report.get("faithfulness"):
        parts = "; ".join(f"{x['part']} {phrases.estimate(x['similarity'])}" for x in found["randomised"])
        st.text(
            f"Similarity of the heatmap to that of a network with weights drawn anew (1: the same map, so it says nothing of the weights), "
            f"{found['n']} images: {parts}."
        )
        figure = probes.deletion(found["curves"])
        static_chart(figure, key=f"deletion_{key}", alt="Score by the share of the breast taken or shown")
        st.caption(
            f"Area under the score, hottest first less random order: taken away {phrases.estimate(found['deletion'])} "
            f"(below 0: the score hangs on what the map marks), shown alone {phrases.estimate(found['insertion'])} (above 0: likewise)."
        )


def _shortcuts(report: dict) -> None:
    if not report.get("shortcuts"):
        st.caption(MISSING)
        return
    rows = [
        {
            "asked for": f"{x['of']}{': ' + x['value'] if 'value' in x else ''}",
            "AUROC from the features": phrases.estimate(x["auroc"]) if "auroc" in x else f"not asked: {x['reason']}",
            "images": x.get("n"),
        }
        for x in report["shortcuts"]
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    st.caption(
        "A logistic regression on the network's features, folds by patient. Where the features tell the source, the model may answer "
        "from the scanner instead of the breast. Markers and labels: see “outside erased” above."
    )
