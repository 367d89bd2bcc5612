"""Two models on the images that both were tested on: metrics, ROC curves, paired tests and different decisions."""

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
    from core.evaluation.compare import Comparison


def compare(first: str, second: str) -> None:
    """Draw the comparison of two checkpoints."""
    try:
        found = checkpoints.compared(first, second)
        reports = {n: r for n in (first, second) if (r := checkpoints.report(n)) is not None}
    except SecondReaderError as e:
        st.error(str(e))
        return
    titles = checkpoints.titles()
    names = (titles[first], titles[second])
    st.caption(text.PAIRED.format(n=found.n, patients=found.n_patients) + " " + text.OWN_POINTS)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _metrics(found, names)
    with right:
        static_chart(probes.roc_of({titles[n]: r for n, r in reports.items()}), "roc_overview", "ROC curves of both models")
    m = found.mcnemar
    st.caption(text.MCNEMAR.format(first=names[0], second=names[1], a=m.only_first_right, b=m.only_second_right, p=m.p, note=m.note))
    if (d := found.delong) is not None:
        st.caption(text.DELONG.format(z=d.z, p=d.p, note=d.note))
    if found.changed:
        _changed(found, names)


def _metrics(found: "Comparison", names: tuple[str, str]) -> None:
    rows = [
        (phrases.METRICS[key], e.first.text(3), e.second.text(3), e.difference.text(3))
        for key, e in {"auroc": found.auroc, **found.metrics}.items()
    ]
    columns = ["", *(phrases.escaped(n) for n in names), text.DIFFERENCE]
    st.table(pd.DataFrame(rows, columns=columns), border="horizontal", hide_index=True)  # its header wraps, so no title is cut


def _changed(found: "Comparison", names: tuple[str, str]) -> None:
    st.markdown(f"##### {text.CHANGED.format(n=len(found.changed))}")
    rows = [
        {
            "image": c.case or c.sha256[:4],
            "truth": c.label,
            f"score: {names[0]}": round(c.first_score, 3),
            f"score: {names[1]}": round(c.second_score, 3),
            "right": names[0] if c.first_called == c.positive else names[1],
        }
        for c in found.changed
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height=300)
