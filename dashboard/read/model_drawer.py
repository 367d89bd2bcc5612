"""How good is this model: the selector, its tests at this threshold, and where the score of the open view lies among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.evaluation.metrics.prediction_sets import prediction_set
from core.models.outside_results import above_chance
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.figures import scores
from dashboard.figures.style import static_chart
from dashboard.phrases import read as text
from dashboard.read.model_choice import choose
from dashboard.session import records
from dashboard.session.ai_result import ExamResult
from dashboard.session.dialogs import dialog
from dashboard.session.worklist import Case

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport
    from core.inference.prediction import Prediction
    from core.models.card import Card


@dialog(text.MODEL_DRAWER, position="right")
def show(case: Case, result: ExamResult) -> None:
    """A drawer. Another model is chosen here; the page follows when the drawer is closed."""
    chosen = choose(case)
    if chosen != result.chosen:
        st.rerun()
    card, report = result.chosen.card, checkpoints.report(result.chosen.card.name)
    st.text(text.THRESHOLD.format(threshold=f"{card.threshold:.3f}", rule=card.threshold_rule, label=card.label_space.positive))
    for line in filter(None, (*_in_tests(report), *_outside(card), _density(case, report), phrases.trust(report))):
        st.text(line)
    if result.exam is not None and len(result.explained) > 1:
        st.text(result.exam.sentence + phrases.exam_tested(report))
    if (prediction := result.prediction(case.key)) is not None:
        _view(case, card, prediction, report)


def _view(case: Case, card: Card, prediction: Prediction, report: EvaluationReport | None) -> None:
    """The score of the open view: against the threshold, by class, and among the validation images."""
    st.markdown(f"**{phrases.escaped(case.scan.label)}: {phrases.score(prediction.score, prediction.threshold)}**")
    static_chart(
        scores.score_bar(prediction.score, prediction.threshold), key="score", alt=phrases.score(prediction.score, prediction.threshold)
    )
    static_chart(scores.probabilities(prediction.probabilities), key="probabilities", alt=text.PROBABILITIES_ALT)
    for line in filter(None, (_rank(card, prediction), _set(prediction, report))):
        st.text(line)


def _rank(card: Card, prediction: Prediction) -> str:
    band = checkpoints.band(card, prediction.score)
    return text.score_band(band, card.label_space.positive) if band else ""


def _in_tests(report: EvaluationReport | None) -> tuple[str, ...]:
    if report is None:
        return ()
    e, s = report.metrics["sensitivity"], report.metrics["specificity"]
    return (text.TESTED_IMAGES.format(sensitivity=e.text(), n_positive=e.n, specificity=s.text(), n_negative=s.n),)


def _outside(card: Card) -> tuple[str, ...]:
    """A sentence a source that the model was not trained on, and one where none of them shows more than chance."""
    results = checkpoints.outside(card.name)
    lines = tuple(
        text.OUTSIDE.format(
            source=r.source,
            n=r.n,
            patients=r.n_patients,
            auroc=r.auroc.text(),
            sensitivity=r.sensitivity.text(),
            specificity=r.specificity.text(),
        )
        for r in results
    )
    return (text.OUTSIDE_CHANCE, *lines) if results and not above_chance(results) else lines


def _set(prediction: Prediction, report: EvaluationReport | None) -> str:
    found = report.conformal if report else None
    if found is None:
        return ""
    names = tuple(prediction_set(prediction.probabilities, found))
    return text.prediction_set(names, 1 - found.alpha, found.coverage.text())


def _density(case: Case, report: EvaluationReport | None) -> str:
    """The AUROC in breasts of the density that the reader recorded."""
    recorded = [a.density for a in records.assessments(case) if a.density]
    if not recorded:
        return ""
    number = str("abcd".index(recorded[-1]) + 1)
    rows = report.subgroups if report else ()
    row = next((x for x in rows if x.stratum == "density" and x.value.lower() in (recorded[-1], number)), None)
    if row is None:
        return text.UNMEASURED_DENSITY.format(density=recorded[-1])
    return f"Density {recorded[-1]}: AUROC {row.auroc.text()}, n {row.n}{f' ({row.warning})' if row.warning else ''}."
