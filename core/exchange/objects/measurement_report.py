"""What both reports share: a Comprehensive 3D SR by template TID 1500, unverified, and the parts of its groups."""

from collections.abc import Sequence
from datetime import datetime

from highdicom.sr import (
    Comprehensive3DSR,
    FindingSite,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    RelationshipTypeValues,
    SourceImageForMeasurementGroup,
    SourceImageForRegion,
    TextContentItem,
)
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import ExplicitVRLittleEndian

from core.exchange.objects import codes as terms
from core.exchange.objects import equipment
from core.exchange.objects.results import ExamResults, ViewResult
from core.exchange.objects.source import CHARACTER_SET
from core.exchange.objects.uids import library_uid, settle, stable_uid

SYNTHETIC = "SYNTHETIC: drawn by a program, no patient."
Group = MeasurementsAndQualitativeEvaluations | PlanarROIMeasurementsAndQualitativeEvaluations


def document(
    results: ExamResults,
    groups: Sequence[Group],
    observer: ObservationContext,
    what: str,
    number: int,
    key: tuple[str | float, ...],
    at: datetime,
) -> Comprehensive3DSR:
    """These groups as a document about the exam; `what` names its series, `key` decides its UID."""
    sources = [v.source for v in results.views]
    report = MeasurementReport(
        observation_context=observer,
        procedure_reported=terms.MAMMOGRAPHY,
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
    )
    out = Comprehensive3DSR(
        evidence=sources,
        content=report[0],
        series_instance_uid=stable_uid("series", what, results.study),
        series_number=number,
        sop_instance_uid=stable_uid("SR", what, *key),
        instance_number=1,
        manufacturer=equipment.MANUFACTURER,
        is_complete=True,
        is_final=False,
        is_verified=False,
        series_description=f"{what}, research use only",
        manufacturer_model_name=equipment.MANUFACTURER,
        software_versions=equipment.software_version(),
        device_serial_number=equipment.SERIAL,
        coding_schemes=[terms.SCHEME_ITEM],
        content_date=at.date(),
        content_time=at.time(),
        specific_character_set=CHARACTER_SET,
        transfer_syntax_uid=ExplicitVRLittleEndian,
    )
    settle(out, at)
    return out


def uid_of(view: ViewResult, *parts: str | float) -> str:
    """A UID of something about one view."""
    return library_uid(str(view.source.SOPInstanceUID), *parts)


def site(view: ViewResult) -> FindingSite:
    """The breast, with its side where that is known."""
    return FindingSite(terms.BREAST, laterality=terms.side(view.scan.laterality) if view.scan.laterality else None)


def projection(view: ViewResult) -> list[QualitativeEvaluation]:
    """The view, where it is known."""
    return [QualitativeEvaluation(codes.DCM.ImageView, terms.view_code(view.scan.view))] if view.scan.view else []


def region_source(view: ViewResult) -> SourceImageForRegion:
    """The image that a region lies on."""
    return SourceImageForRegion.from_source_image(view.source)


def group_source(view: ViewResult) -> SourceImageForMeasurementGroup:
    """An image that a group is about."""
    return SourceImageForMeasurementGroup.from_source_image(view.source)


def say(group: Group, name: Code, text: str) -> None:
    """Add a text to a group."""
    group[0].ContentSequence.append(TextContentItem(name, text, RelationshipTypeValues.CONTAINS))
