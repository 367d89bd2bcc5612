"""A model's page: the operating point on top, which drives everything; then a tab a subject, of which one is computed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import SecondReaderError
from core.models.card import Card
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.phrases import reports as text
from dashboard.reports import card_tab, classes, heatmaps, multilabel, operating_point, robustness, subgroups, summary, training
from dashboard.reports.empty import not_measured
from dashboard.reports.export import export
from dashboard.reports.gallery import errors
from dashboard.reports.headline import headline

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport


@dataclass(frozen=True)
class Model:
    """A checkpoint on its page, at the operating point that is shown."""

    card: Card
    report: "EvaluationReport"

    def complete(self) -> "EvaluationReport":
        """The report with robustness and stability at the same operating point."""
        return checkpoints.report_at(self.card, self.report.threshold, self.report.threshold_rule, complete=True)


def show(card: Card) -> None:
    """The page of a checkpoint."""
    try:
        report = checkpoints.report(card.name)
    except SecondReaderError as e:
        st.error(text.REPORT_FAILED, icon=":material/error:")
        not_measured(card.name, str(e))
        report = None
    else:
        if report is None:
            not_measured(card.name, text.NO_REPORT)
    if report is None:
        card_tab.card(card)
        return
    _body(card, report)


@st.fragment
def _body(card: Card, report: "EvaluationReport") -> None:
    """A change reruns this part alone."""
    tested = text.TESTED.format(test=report.test, positive=report.label_space.positive, prevalence=report.prevalence.text())
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            if card.synthetic:
                st.badge(phrases.SYNTHETIC, color="gray", help=text.SYNTHETIC_NOTE)
            st.text(tested)
        menu = st.container(width="content")
    at_point = operating_point.choose(card, report)
    model = Model(card, at_point)
    with menu:
        export(model.complete, at_point, card)
    headline(at_point)
    tabs = _tabs(at_point)
    labels = [text.TABS[t] for t in tabs]
    for key, tab in zip(tabs, st.tabs(labels, key=f"tab_{card.name}", on_change="rerun"), strict=True):
        if tab.open:
            with tab:
                _DRAW[key](model)


def _tabs(report: "EvaluationReport") -> list[str]:
    """Argmax for more than two classes, labels where they may occur together."""
    left_out = {"argmax": report.argmax is None, "labels": report.multilabel is None}
    return [t for t in text.TABS if not left_out.get(t)]


_DRAW: dict[str, Callable[[Model], None]] = {
    "summary": lambda m: summary.summary(m.card, m.report),
    "errors": lambda m: errors(m.card, m.report),
    "point": lambda m: operating_point.details(m.card, m.report),
    "argmax": lambda m: classes.argmax(m.report, m.card.name),
    "labels": lambda m: multilabel.multilabel(m.report),
    "subgroups": lambda m: subgroups.subgroups(m.report),
    "robustness": lambda m: robustness.robustness(m.complete(), m.card),
    "heatmaps": lambda m: heatmaps.heatmaps(m.report, m.card),
    "training": lambda m: training.training(m.card),
    "card": lambda m: card_tab.card(m.card, m.report),
}
