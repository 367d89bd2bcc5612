"""The evidence behind the score of the open view: its rank, tests of its threshold, prediction sets, and similar training images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import SecondReaderError
from core.evaluation.metrics.prediction_sets import prediction_set
from core.models.card import Card
from dashboard.cache import checkpoints, predictions
from dashboard.phrases import read as text
from dashboard.read.result import Result
from dashboard.session import records
from dashboard.session.worklist import Case

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport
    from core.inference.out_of_distribution import Neighbour
    from core.inference.prediction import Prediction

ACROSS = 5


def render(case: Case, result: Result) -> None:
    """Short lines under the score; the similar images in an expander."""
    card, prediction = result.chosen.card, result.prediction
    report = checkpoints.report(card.name)
    lines = [_rank(card, prediction), _in_tests(report), _set(prediction, report), _density(case, report)]
    for line in filter(None, lines):
        st.caption(line)
    try:
        found = predictions.training_neighbours(case.scan, result.chosen)
    except SecondReaderError as e:
        st.caption(str(e))
        return
    if found is None:
        return
    out_of_distribution, sentence, near = found
    if out_of_distribution:
        st.warning(sentence, icon=":material/help:")
    with st.expander(text.SIMILAR):
        if not out_of_distribution:
            st.caption(sentence)
        _similar(near, card)


def _rank(card: Card, prediction: Prediction) -> str:
    band = checkpoints.band(card, prediction.score)
    return text.score_band(band, card.label_space.positive) if band else ""


def _in_tests(report: EvaluationReport | None) -> str:
    if report is None:
        return ""
    e, s = report.metrics["sensitivity"], report.metrics["specificity"]
    return f"Tested at this threshold: sensitivity {e.text()}, n {e.n}; specificity {s.text()}, n {s.n}."


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


def _similar(near: Sequence[Neighbour], card: Card) -> None:
    columns = st.columns(ACROSS)
    for n, neighbour in enumerate(near):
        with columns[n % ACROSS]:
            image = checkpoints.case_image(neighbour.sha256, neighbour.case, None) if card.synthetic else None
            if image is not None:
                st.image(image, alt=f"Training image, {neighbour.label}")
            st.text(f"{neighbour.label or 'none'}\n{neighbour.sha256[:8]}")
    st.caption(f"{text.SIMILAR_HELP} {text.SIMILAR_DRAWN if card.synthetic else text.SIMILAR_NOT_SHIPPED}")
