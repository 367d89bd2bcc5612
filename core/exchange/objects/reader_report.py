"""The reader's last assessment as a structured report of its own, with nothing of the AI result."""

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

from core.exams.assessment import Assessment, Finding
from core.exchange.objects import codes as terms
from core.exchange.objects import equipment
from core.exchange.objects.measurement_report import SYNTHETIC, Group, document, group_source, projection, region_source, say, site, uid_of
from core.exchange.objects.regions import ellipse_points, of_scan, within
from core.exchange.objects.results import ExamResults, ViewResult
from core.exchange.objects.uids import library_uid

READER_ONLY = "RESEARCH USE ONLY. The reader's own assessment, recorded on a research system; not a clinical report."
READER_SERIES = 9002


def reader_report(results: ExamResults, assessment: Assessment) -> Comprehensive3DSR:
    """What the reader recorded last: category, density, note and marks; nothing of the AI result."""
    groups: list[Group] = [_assessment(results, assessment)]
    for view in results.views:
        groups += [_mark(view, finding, n) for n, finding in enumerate(of_scan(assessment.findings, view.scan.sha256), 1)]
    return document(
        results,
        groups,
        ObservationContext(observer_person_context=equipment.reader()),
        "Reader's assessment",
        READER_SERIES,
        results.reader_key,
        assessment.at,
    )


def _assessment(results: ExamResults, assessment: Assessment) -> Group:
    evaluations = [QualitativeEvaluation(terms.BEFORE_OR_AFTER, terms.SHOWN if assessment.after_score else terms.HIDDEN)]
    if assessment.category is not None:
        evaluations.append(QualitativeEvaluation(codes.DCM.AssessmentCategory, terms.CATEGORIES[assessment.category]))
    if assessment.density is not None:
        evaluations.append(QualitativeEvaluation(codes.DCM.BreastComposition, terms.DENSITIES[assessment.density]))
    group = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(library_uid("assessment", *results.reader_key), "Reader's assessment"),
        source_images=[group_source(v) for v in results.views],
        finding_sites=[FindingSite(terms.BREAST)],
        qualitative_evaluations=evaluations,
    )
    say(group, terms.STATUS, f"{READER_ONLY} {SYNTHETIC}" if results.synthetic else READER_ONLY)
    if assessment.note:
        say(group, codes.DCM.Comment, assessment.note)
    return group


def _mark(view: ViewResult, finding: Finding, n: int) -> Group:
    """An ellipse of the reader."""
    axes = sorted(finding.millimetres, reverse=True) if finding.millimetres else []
    return PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(uid_of(view, "mark", repr(finding)), f"Reader's mark {n}, {view.scan.label}"),
        referenced_region=ImageRegion("ELLIPSE", within(ellipse_points(finding), view.scan.shape), region_source(view)),
        finding_type=terms.MARK,
        finding_sites=[site(view)],
        measurements=[
            Measurement(name, value, codes.UCUM.Millimeter)
            for name, value in zip((codes.SCT.LongAxis, codes.SCT.ShortAxis), axes, strict=False)
        ],
        qualitative_evaluations=projection(view),
    )
