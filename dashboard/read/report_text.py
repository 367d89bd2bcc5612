"""The text of a report on the open exam: its score, what was recognised in it, and its fusion with the image's score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.errors import SecondReaderError
from core.models.card import Card
from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.figures import scores
from dashboard.figures.style import static_chart
from dashboard.phrases import read as text
from dashboard.session import records, worklist
from dashboard.session.ai_result import ExamResult
from dashboard.session.worklist import Case

if TYPE_CHECKING:  # with them come xgboost and scipy
    from core.notes.fusion import Fusion
    from core.notes.model import NoteCard, NotePrediction

SIDES = {"L": "left", "R": "right"}


def render(case: Case, result: ExamResult | None) -> None:
    """The text and, once the AI result may be shown, its scores."""
    if not case.quality.ok:
        return
    key = f"exam_note_{case.exam[:16]}"
    written = st.text_area(
        text.REPORT_TEXT,
        records.note(case),
        key=key,
        height=110,
        max_chars=5000,
        label_visibility="collapsed",
        placeholder=text.REPORT_TEXT_PLACEHOLDER,
        on_change=records.take_note,
        args=(case.exam, key),
    )
    st.caption(text.REPORT_TEXT_ABOUT)
    if not written.strip():
        return
    if worklist.hidden(case):
        st.caption(text.REPORT_TEXT_HIDDEN)
    else:
        _scores(case, result, written)


def _scores(case: Case, result: ExamResult | None, written: str) -> None:
    try:
        model = checkpoints.note_model()
        found = model.read(written)
    except SecondReaderError as e:
        st.warning(text.NO_TEXT_SCORE, icon=":material/block:")
        st.text(str(e))
        return
    _understood(found)
    if found.proxy:
        st.warning(phrases.PROXY, icon=":material/warning:")
    prediction = result.prediction(case.key) if result else None
    if result is not None and prediction is not None:
        sentence = phrases.score(prediction.score, prediction.threshold)
        st.text(f"Image alone ({result.chosen.card.name}): {sentence}")
    st.text(f"Text alone ({found.model}): {phrases.score(found.score, model.card.threshold)}")
    if result is None or prediction is None:
        st.text(text.NO_COMBINATION)
        return
    fusion = _fusion(case, result.chosen.card, model.card, written)
    if isinstance(fusion, str):
        st.text(f"{text.NO_COMBINATION} {fusion}")
    else:
        _fused(fusion, fusion.combine(prediction.score, found.score))


def _fused(fusion: Fusion, score: float) -> None:
    sentence = phrases.score(float(score), fusion.threshold)
    st.markdown(f"**Both, fused: {sentence}**")
    static_chart(scores.score_bar(float(score), fusion.threshold), key="fused_score", alt=sentence)
    n, figures = fusion.n["test"], fusion.figures["described"]
    areas = ", ".join(f"{name} {figures[k]['auroc'].text()}" for k, name in text.FUSION_ROWS.items())
    patients = f"{n['patients_described']} {'phantom exams' if fusion.synthetic else 'patients'}"
    n_validation = fusion.n["validation"]["described"]
    st.text(
        text.FUSION_TESTED.format(n=n["described"], patients=patients, areas=areas, n_validation=n_validation, rule=fusion.threshold_rule)
    )
    st.caption(text.FUSED_ABOUT)
    for sentence in fusion.limits:
        st.text(sentence)


def _fusion(case: Case, card: Card, note_card: NoteCard, written: str) -> Fusion | str:
    """How the two scores are combined, or why they are not for this view and text."""
    from core.notes.fusion import side_of

    try:
        fusion = checkpoints.fusion(card, note_card)
    except SecondReaderError as e:
        return str(e)
    if case.scan.synthetic != fusion.synthetic:
        return text.FUSION_DOMAIN.format(kind="phantoms" if fusion.synthetic else "clinical mammograms")
    side, shown = side_of(written), case.scan.laterality
    if side and shown and side != shown:
        return text.OTHER_SIDE.format(side=SIDES[side], shown=SIDES[shown])
    return fusion


def _understood(found: NotePrediction) -> None:
    from core.notes.lexicon import BY_KEY

    understood = found.understood
    for title, terms in (
        (text.RECOGNISED, [BY_KEY[k].words[0] for k in understood.keys]),
        (text.NEGATED, [BY_KEY[m.key].words[0] for m in understood.mentions if m.negated]),
        (text.CORRECTED, [f"{a} → {b}" for a, b in understood.corrected]),
        (text.UNRECOGNISED, understood.unknown),
    ):
        if terms:
            st.text(f"{title}: {', '.join(terms)}")
