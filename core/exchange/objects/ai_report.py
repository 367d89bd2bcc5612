"""The AI result of an exam as a structured report: status, score, threshold and regions of evidence, view by view."""

from highdicom.sr import (
    Comprehensive3DSR,
    FindingSite,
    ImageRegion,
    Measurement,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    TrackingIdentifier,
)
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from core.exchange.objects import codes as terms
from core.exchange.objects import equipment
from core.exchange.objects.measurement_report import SYNTHETIC, Group, document, group_source, projection, region_source, say, site, uid_of
from core.exchange.objects.regions import Region, within
from core.exchange.objects.results import ExamResults, ViewResult
from core.exchange.objects.uids import library_uid
from core.models.card import Card

NOT_VERIFIED = "RESEARCH USE ONLY. Not a medical device. Not verified by a person."
AI_SERIES = 9001  # series numbers are beyond those of modalities


def ai_report(results: ExamResults, card: Card) -> Comprehensive3DSR:
    """What the model says of the exam: status, score, threshold and regions of evidence, view by view."""
    groups: list[Group] = [_exam(results, card)]
    for view in results.views:
        groups.append(_view(view, card))
        groups += [_region(view, region, n, card) for n, region in enumerate(view.regions, 1)]
    return document(
        results, groups, ObservationContext(observer_device_context=equipment.device()), "AI result", AI_SERIES, results.ai_key, results.at
    )


def _exam(results: ExamResults, card: Card) -> Group:
    """The group of the exam: status of all views, exam score, and what the score means."""
    exam = results.exam
    positive = any(v.positive for v in results.views)
    measured = [_score(exam.score)] if exam else []
    group = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(library_uid("exam", *results.ai_key), "AI result, exam"),
        source_images=[group_source(v) for v in results.views],
        finding_sites=[FindingSite(terms.BREAST)],
        algorithm_id=equipment.algorithm(card),
        measurements=measured,
        qualitative_evaluations=[
            QualitativeEvaluation(codes.DCM.SummaryOfDetections, terms.summary(len(results.scored), len(results.views), positive)),
            QualitativeEvaluation(codes.DCM.SummaryOfAnalyses, _analyses(results)),
            QualitativeEvaluation(codes.DCM.RenderingIntent, codes.DCM.PresentationOptionalRenderingDeviceMayPresent),
        ],
    )
    space = card.label_space
    meaning = f"Calibrated probability of {space.positive}, 0 to 1. {exam.sentence if exam else ''}".strip()
    say(group, terms.STATUS, f"{NOT_VERIFIED} {SYNTHETIC}" if results.synthetic else NOT_VERIFIED)
    say(group, terms.MEANING, meaning)
    say(group, terms.INTENDED_USE, card.intended_use)
    for limit in card.limits:
        say(group, terms.LIMITS, limit)
    say(group, terms.WEIGHTS, card.weights.sha256)
    return group


def _analyses(results: ExamResults) -> Code:
    outcomes = {v.outcome for v in results.views}
    if outcomes == {"succeeded"}:
        return terms.SUCCEEDED
    if "succeeded" in outcomes:
        return terms.PARTIALLY_SUCCEEDED
    return terms.FAILED if "failed" in outcomes else terms.NOT_ATTEMPTED


def _view(view: ViewResult, card: Card) -> Group:
    """The group of one view."""
    analysed = {"succeeded": terms.SUCCEEDED, "failed": terms.FAILED, "cannot assess": terms.NOT_ATTEMPTED}[view.outcome]
    scored = view.score is not None
    evaluations = [
        QualitativeEvaluation(codes.DCM.SummaryOfAnalyses, analysed),
        QualitativeEvaluation(codes.DCM.SummaryOfDetections, terms.summary(scored, 1, view.positive)),
        QualitativeEvaluation(codes.DCM.RenderingIntent, codes.DCM.PresentationOptionalRenderingDeviceMayPresent),
    ]
    measured = []
    if view.score is not None and view.threshold is not None:
        measured = [_score(view.score), Measurement(terms.THRESHOLD, view.threshold, codes.UCUM.NoUnits)]
        evaluations.append(QualitativeEvaluation(terms.DECISION, terms.POSITIVE if view.positive else terms.NEGATIVE))
    group = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(uid_of(view, "view", card.weights.sha256), f"AI result, {view.scan.label}"),
        source_images=[group_source(view)],
        finding_sites=[site(view)],
        algorithm_id=equipment.algorithm(card),
        measurements=measured,
        qualitative_evaluations=[*evaluations, *projection(view)],
    )
    if view.reason:
        say(group, terms.REASON, view.reason)
    return group


def _region(view: ViewResult, region: Region, n: int, card: Card) -> Group:
    """A region of evidence: where the heatmap is at half its peak or more."""
    sizes: list[tuple[Code, float, Code]] = []
    if region.axes_mm and region.area_mm2 is not None:
        sizes = [
            (codes.SCT.LongAxis, region.axes_mm[0], codes.UCUM.Millimeter),
            (codes.SCT.ShortAxis, region.axes_mm[1], codes.UCUM.Millimeter),
            (codes.SCT.Area, region.area_mm2, codes.UCUM.SquareMillimeter),
        ]
    identifier = f"AI region {n}, {view.scan.label}"
    return PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(uid_of(view, "region", card.weights.sha256, n), identifier),
        referenced_region=ImageRegion("POLYLINE", within(region.outline, view.scan.shape), region_source(view)),
        finding_type=terms.EVIDENCE,
        algorithm_id=equipment.algorithm(card),
        finding_sites=[site(view)],
        measurements=[Measurement(name, value, unit) for name, value, unit in sizes],
        qualitative_evaluations=projection(view),
    )


def _score(value: float) -> Measurement:
    return Measurement(terms.SCORE, value, codes.UCUM.NoUnits)
