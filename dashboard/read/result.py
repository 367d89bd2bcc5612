"""The AI result of the open view: model, score, heatmap, robustness, and the scores of the whole exam."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from core.exams.exam import ExamView, exam_score
from core.inference.evidence import Evidence
from dashboard import phrases
from dashboard.cache import checkpoints, predictions
from dashboard.cache.keys import Chosen
from dashboard.figures import scores
from dashboard.figures.style import static_chart
from dashboard.images.render import export_png
from dashboard.phrases import read as text
from dashboard.read.model_choice import choose
from dashboard.session import worklist
from dashboard.session.worklist import Case
from dashboard.viewer import plain

if TYPE_CHECKING:
    from core.inference.prediction import Prediction


@dataclass(frozen=True, eq=False)
class Result:
    """What a model says of the open view. `heatmap` is that of the positive class where its toggle is on."""

    chosen: Chosen
    prediction: Prediction
    heatmap: Evidence | None

    @property
    def sentence(self) -> str:
        """The score against the threshold."""
        return phrases.score(self.prediction.score, self.prediction.threshold)


def render(case: Case) -> Result | None:
    """Draw the result of a view that can be assessed; None where no model may score it."""
    above, heatmap, below = st.container(), st.container(), st.container()
    with below:
        chosen = choose(case)
    if chosen is None:
        return None
    try:
        prediction, maps = predictions.prediction(case.scan, chosen)
    except SecondReaderError as e:
        with below:
            st.error(e.what, icon=":material/error:")
            st.text(e.remedy)
        return None
    with heatmap:
        shown = st.toggle(text.HEATMAP if worklist.plain() else text.HEATMAP_SAVED, key="save_heat")
        st.caption(phrases.trust(checkpoints.report(chosen.card.name)))
    evidence = checkpoints.evidence(chosen.card, prediction, maps)[chosen.card.label_space.positive]
    result = Result(chosen, prediction, evidence if shown else None)
    with above:
        _score(result)
    return result


def _score(result: Result) -> None:
    card, prediction = result.chosen.card, result.prediction
    st.markdown(f"**{result.sentence}**")
    static_chart(scores.score_bar(prediction.score, prediction.threshold), key="score", alt=result.sentence)
    st.caption(text.CALIBRATED.format(label=card.label_space.positive, rule=card.threshold_rule))
    static_chart(scores.probabilities(prediction.probabilities), key="probabilities", alt=text.PROBABILITIES_ALT)


def robustness(case: Case, result: Result) -> None:
    """On demand: does the score survive small perturbations, and does it depend on the hot spot?"""
    opened = worklist.settings().stability_views
    help = text.ROBUSTNESS_HELP
    st.button(text.ROBUSTNESS, key="stability", on_click=opened.add, args=(case.key,), width="stretch", help=help)
    if case.key in opened:
        for sentence in predictions.stability(case.scan, result.chosen):
            st.caption(sentence)


def save_image(case: Case, result: Result) -> None:
    """The button that saves the mammogram, with the heatmap where it is on."""

    def make() -> bytes:
        words = f"{result.chosen.card.name} {result.sentence}"
        return export_png(case.scan, result.heatmap, plain.OPACITY, words)

    st.download_button(
        text.SAVE_IMAGE,
        make,
        file_name=f"second-reader-{case.key[:12]}.png",
        mime="image/png",
        key="export",
        on_click="ignore",
        width="stretch",
        help=text.SAVE_IMAGE_HELP,
    )


def exam_table(case: Case, views: Sequence[Case], chosen: Chosen) -> None:
    """Scores of the views of the exam, of its breasts and of the exam, where there is more than one view."""
    if len(views) < 2:
        return
    values = [predictions.prediction(c.scan, chosen)[0].score for c in views]
    found = exam_score([ExamView.of(c.scan, s) for c, s in zip(views, values, strict=True)])
    rows = [("exam", found.score), *((f"breast {side}", score) for side, score in found.breasts.items())]
    rows += [(f"{c.scan.label}{' ●' if c.key == case.key else ''}", s) for c, s in zip(views, values, strict=True)]
    st.caption(text.EXAM)
    st.dataframe(pd.DataFrame([(name, round(s, 3)) for name, s in rows], columns=["", "score"]), hide_index=True, height="content")
    st.caption(found.sentence + phrases.exam_tested(checkpoints.report(chosen.card.name)))
