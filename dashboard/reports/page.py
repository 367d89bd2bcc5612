"""One report from top to bottom: operating point first, then what opens on demand."""

from typing import TYPE_CHECKING

import streamlit as st

from core.errors import SecondReaderError
from core.folders import checkpoints_folder
from dashboard import phrases
from dashboard.cache import checkpoints, datasets
from dashboard.figures import training
from dashboard.figures.style import static_chart
from dashboard.phrases import reports as text
from dashboard.reports import metrics, probes
from dashboard.reports.gallery import matrix
from dashboard.reports.operating_point import console
from dashboard.reports.sections import sections

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport

CURVES = ("loss", "accuracy", "precision", "recall")


def show(name: str, key: str, other: str | None = None) -> None:
    """The report of a checkpoint; `key` distinguishes two on one page, `other` is the checkpoint it is compared with."""
    try:
        report = checkpoints.report(name)
    except SecondReaderError as e:
        st.error(str(e))
        return
    if report is None:
        st.info(text.NO_REPORT, icon=":material/info:")
        return
    cards = {c.name: c for c in checkpoints.cards()}
    card = cards.get(name)
    _header(report)
    st.markdown(f"##### {phrases.escaped(_operating_point(report))}")
    metrics.cards(report)
    matrix(report, card, key, cards.get(other or ""))
    for note in (*report.summary, *report.notes):
        st.caption(note)
    with st.expander(text.METRICS, expanded=True):
        metrics.table(report)
    if report.argmax is not None:
        with st.expander(text.CLASSES):
            metrics.classes(report, key)
    if card is not None:
        with st.expander(text.OTHER_POINTS):
            console(card, key)
        with st.expander(text.CALIBRATION):
            metrics.calibration(card, key)
    sections(report, card, key)
    probes.show(report, key)
    with st.expander(text.TRAINING):
        _curves(name, key)


def _operating_point(report: "EvaluationReport") -> str:
    return text.OPERATING_POINT.format(positive=report.label_space.positive, threshold=report.threshold)


def _header(report: "EvaluationReport") -> None:
    st.subheader(phrases.escaped(report.title), anchor=False)
    if report.synthetic:
        st.caption(phrases.SYNTHETIC + text.SYNTHETIC_NOTE)
    if report.waiver:
        st.warning(text.WAIVER, icon=":material/warning:")
        st.text(report.waiver)
    st.caption(
        text.SPLITS.format(
            test=report.test, validation=report.validation, prevalence=report.prevalence.text(), split=report.split_sha256[:4]
        )
    )


def _curves(name: str, key: str) -> None:
    history = datasets.run_history(checkpoints_folder() / name)
    if history is None:
        st.caption(text.NO_CURVES)
        return
    columns = st.columns(2)
    for n, column in enumerate(CURVES):
        with columns[n % 2]:
            static_chart(training.curve(history, column), f"curve_{column}_{key}", f"{column} by epoch")
