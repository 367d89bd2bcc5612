"""The AI result of the open exam in one card: its score, its views, agreement with the reader, and how good the model is."""

from __future__ import annotations

import streamlit as st

from core.errors import SecondReaderError
from core.exams.exam import STANDARD
from core.exams.reader_study import RECALL
from core.inference.evidence import Evidence
from core.inference.findings import findings
from core.models.card import Card
from core.models.outside_results import above_chance
from core.scans.scan import UNSURE
from dashboard import phrases
from dashboard.cache import checkpoints, predictions
from dashboard.cache.keys import Chosen
from dashboard.phrases import filters as filters_text
from dashboard.phrases import read as text
from dashboard.read import image_details, independent_read, model_choice, model_drawer, robustness, structured_report
from dashboard.session import ai_result, records, worklist
from dashboard.session.ai_result import ExamResult
from dashboard.session.worklist import Case, OpenExam

MIN_SHARE = 0.01  # of the evidence; a spot with less is not listed
POLL = 0.4  # seconds between looks at the background worker


def render(case: Case, exam: OpenExam) -> ExamResult | None:
    """Draw the card; returns the result where there is one to show."""
    with st.container(border=True, key="ai_result", gap="small"):
        found = _card(case, exam)
        _warnings(case)
        _drawers(case, exam, found)
    return found


def _card(case: Case, exam: OpenExam) -> ExamResult | None:
    """The result, or in its place why there is none."""
    if any(worklist.hidden(c) for c in exam.views):
        st.caption(text.HIDDEN, help=text.HIDDEN_HELP)
        if st.button(filters_text.SKIP, key="skip_and_compare", type="tertiary", help=filters_text.SKIP_HELP):
            independent_read.skip(exam.key)
            st.switch_page("views/filters.py")
        return None
    if not case.quality.ok:
        st.error(phrases.CANNOT_ASSESS, icon=":material/block:")
        for sentence in case.quality.reasons:
            st.text(sentence)
    if exam.state == "not assessable" or not any(c.quality.ok for c in exam.views):
        return None
    done, of = ai_result.progress(exam.views)
    if done < of:
        st.fragment(_pending, run_every=POLL)(exam)
        return None
    found = ai_result.of_exam(exam.views)
    if found is None:
        if ai_result.model_of(case.scan) is None:
            st.info(text.NO_MODEL, icon=":material/info:")
        model_choice.confirm_domain(case)
    elif found.exam is None:
        _failed(found.error)
    else:
        _result(case, exam, found)
        return found
    return None


def _pending(exam: OpenExam) -> None:
    """How far the worker is; the page is drawn again as soon as it is done."""
    done, of = ai_result.progress(exam.views)
    if done == of and not worklist.session().dialog:
        st.rerun()
    st.caption(text.PENDING.format(n=done + 1, of=of))
    st.skeleton(140)


def _failed(error: SecondReaderError | None) -> None:
    if error is not None:
        st.error(error.what, icon=":material/error:")
        st.text(error.remedy)


def _result(case: Case, exam: OpenExam, found: ExamResult) -> None:
    card, score = found.chosen.card, found.exam
    if score is None:
        return
    title = text.EXAM if len(exam.views) > 1 else exam.views[0].scan.label
    with st.container(key="exam_score"):
        st.markdown(text.headline(phrases.escaped(title), score.score, card.threshold))
    if len(exam.views) > 1:
        _cells(case, exam, found)
    _failed(found.error)
    if not any(found.explained[c.key][1][card.label_space.positive].peak > 0 for c in exam.views if c.key in found.explained):
        st.caption(text.NO_POSITIVE_EVIDENCE)
    if (outside := checkpoints.outside(card.name)) and not above_chance(outside):
        st.warning(text.OUTSIDE_CHANCE, icon=":material/warning:")
    categories = [a.category for a in records.assessments(case) if a.category is not None]
    if categories:
        st.text(text.AGREES if (categories[-1] in RECALL) == (score.score >= card.threshold) else text.DISAGREES)
    model_choice.confirm_domain(case)
    if st.button(
        _tested(card, many=len(exam.views) > 1), key="model_drawer", type="tertiary", icon=":material/info:", help=text.MODEL_DRAWER
    ):
        model_drawer.show(case, found)
    if case.key in found.explained:
        _findings(case, found)
        _distribution(case, found.chosen)


def _cells(case: Case, exam: OpenExam, found: ExamResult) -> None:
    """The standard four as right and left by CC and MLO, each selecting its view; the other views below, with their modifiers."""
    four: dict[tuple[str, str], Case] = {}
    rest: list[Case] = []
    for c in exam.views:
        place = (c.scan.laterality or "", c.scan.view or "")
        plain = not c.scan.modifiers and c.scan.intent != "processing"
        if plain and place in STANDARD and place not in four:
            four[place] = c
        else:
            rest.append(c)
    for side in ("R", "L"):
        with st.container(horizontal=True, gap="xsmall", key=f"cells_{side}"):
            for place in [p for p in STANDARD if p[0] == side]:
                if place in four:
                    _cell(four[place], case, found)
                else:
                    st.button(f"{' '.join(place)} –", key=f"cell_{''.join(place)}", disabled=True, width="stretch", type="tertiary")
    if four and rest:
        st.caption(text.NOT_COUNTED)
    for c in rest:
        _cell(c, case, found)


def _cell(view: Case, selected: Case, found: ExamResult) -> None:
    prediction = found.prediction(view.key)
    score = text.cell(prediction.score, prediction.threshold) if prediction else "–"
    st.button(
        f"{phrases.escaped(view.scan.label)} {score}",
        key=f"cell_{view.key[:16]}",
        on_click=worklist.open_case,
        args=(view.key,),
        type="secondary" if view is selected else "tertiary",
        width="stretch",
    )


def _tested(card: Card, many: bool) -> str:
    """Sensitivity and specificity at the threshold in tests, by patient for an exam of several views."""
    report = checkpoints.report(card.name)
    if report is None:
        return text.NOT_TESTED
    by_patient = next((x for x in report.by_level if (x.level, x.aggregation) == ("patient", "max")), None)
    sensitivity, specificity = report.metrics["sensitivity"], report.metrics["specificity"]
    if many and by_patient is not None:
        sensitivity, specificity = by_patient.sensitivity, by_patient.specificity
    return text.TESTED.format(sensitivity=phrases.plain(sensitivity), specificity=phrases.plain(specificity))


def _findings(case: Case, found: ExamResult) -> None:
    """The spots of the open view's heatmap as a list, where its evidence is drawn."""
    card, scan = found.chosen.card, case.scan
    spots = findings(checkpoints.evidence(card, *found.explained[case.key])[card.label_space.positive], scan.spacing_mm)
    marks = [m for m in spots if m.share >= MIN_SHARE]
    if not card.label_space.localisable or not marks:
        return
    st.caption(text.FINDINGS)
    for n, mark in enumerate(marks, 1):
        size = text.FINDING_SIZE.format(height=mark.size_mm[0], width=mark.size_mm[1]) if mark.size_mm else ""
        st.text(text.FINDING.format(n=n, height=mark.height.capitalize(), depth=mark.depth, size=size, share=mark.share))


def _distribution(case: Case, chosen: Chosen) -> None:
    """A warning where the open view is unlike the training images."""
    try:
        unlike = predictions.out_of_distribution(case.scan, chosen)
    except SecondReaderError:
        return  # the drawer with the details shows it
    if unlike:
        st.warning(text.OUT_OF_DISTRIBUTION, icon=":material/help:")


def _warnings(case: Case) -> None:
    """What the file warns of, and what was assumed that may change the score."""
    for warning in case.scan.warnings:
        st.warning(warning, icon=":material/warning:")
    for line in case.scan.score_assumptions:
        st.caption(text.ASSUMED.format(what=line.removesuffix(UNSURE)))


def _drawers(case: Case, exam: OpenExam, found: ExamResult | None) -> None:
    with st.container(horizontal=True, gap="xsmall", key="drawers"):
        if st.button(text.DETAILS, key="details", type="tertiary"):
            image_details.show(case, found)
        if found is not None and case.key in found.explained and st.button(text.ROBUSTNESS, key="robustness", type="tertiary"):
            robustness.show(case, found.chosen)
        if st.button(text.REPORT, key="report", type="tertiary"):
            structured_report.show(case, exam)


def heatmap(case: Case, found: ExamResult | None) -> Evidence | None:
    """For the plain image: the heatmap of the open view where its toggle, drawn here, is on."""
    if found is None or case.key not in found.explained or not st.toggle(text.HEATMAP, key="plain_heat"):
        return None
    card = found.chosen.card
    return checkpoints.evidence(card, *found.explained[case.key])[card.label_space.positive]
