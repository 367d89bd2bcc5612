"""Regions of evidence as a binary Segmentation, and the heatmap as a fractional one (PS3.3 A.51), both in pixels of the source image."""

import numpy as np
from highdicom.seg import Segmentation as SegmentationObject
from highdicom.seg import SegmentationFractionalTypeValues, SegmentationTypeValues, SegmentDescription
from pydicom.sr.coding import Code
from pydicom.uid import UID, ExplicitVRLittleEndian, RLELossless

from core.exchange.objects import codes as terms
from core.exchange.objects import equipment
from core.exchange.objects.regions import filled
from core.exchange.objects.results import ExamResults, ViewResult
from core.exchange.objects.source import CHARACTER_SET
from core.exchange.objects.uids import library_uid, settle, stable_uid
from core.models.card import Card

SERIES = 9005
NOT_A_PROBABILITY = "Share of full heatmap colour, no probability"


def region_mask(results: ExamResults, view: ViewResult, n: int, card: Card) -> SegmentationObject:
    """The regions of one view, a segment each."""
    masks = np.stack([filled(r.outline, view.scan.shape) for r in view.regions], axis=-1)[None]
    segments = [_segment(view, i, f"AI region {i}", terms.EVIDENCE, card) for i in range(1, len(view.regions) + 1)]
    return _object(results, view, n, masks, segments, "BINARY", ExplicitVRLittleEndian)


def heatmap(results: ExamResults, view: ViewResult, n: int, card: Card) -> SegmentationObject:
    """The heatmap of one view, 255 levels."""
    level = np.clip(view.level(), 0, 1).astype(np.float32)[None]
    return _object(results, view, n, level, [_segment(view, 1, "AI heatmap", terms.HEATMAP, card)], "FRACTIONAL", RLELossless)


def _segment(view: ViewResult, number: int, label: str, kind: Code, card: Card) -> SegmentDescription:
    return SegmentDescription(
        segment_number=number,
        segment_label=f"{label}, {view.scan.label}"[:64],
        segmented_property_category=terms.NEUTRAL_CATEGORY,
        segmented_property_type=kind,
        algorithm_type="AUTOMATIC",
        algorithm_identification=equipment.segment_algorithm(card),
        tracking_uid=library_uid(str(view.source.SOPInstanceUID), label, card.weights.sha256),
        tracking_id=f"{label}, {view.scan.label}"[:64],
        anatomic_regions=[terms.BREAST],
    )


def _object(
    results: ExamResults, view: ViewResult, n: int, pixels: np.ndarray, segments: list[SegmentDescription], kind: str, syntax: UID
) -> SegmentationObject:
    binary = kind == "BINARY"
    what = "AI regions" if binary else "AI heatmap"
    out = SegmentationObject(
        source_images=[view.source],
        pixel_array=pixels,
        segmentation_type=SegmentationTypeValues(kind),
        segment_descriptions=segments,
        series_instance_uid=stable_uid("series", "SEG", kind, results.study),
        series_number=SERIES if binary else SERIES + 1,
        sop_instance_uid=stable_uid("SEG", kind, str(view.source.SOPInstanceUID), *results.ai_key),
        instance_number=n,
        manufacturer=equipment.MANUFACTURER,
        manufacturer_model_name=equipment.MANUFACTURER,
        software_versions=equipment.software_version(),
        device_serial_number=equipment.SERIAL,
        fractional_type=SegmentationFractionalTypeValues.PROBABILITY,
        content_description=None if binary else NOT_A_PROBABILITY,
        content_label="AI_REGIONS" if binary else "AI_HEATMAP",
        transfer_syntax_uid=syntax,
        series_description=f"{what}, research use only",
        content_date=results.at.date(),
        content_time=results.at.time(),
        specific_character_set=CHARACTER_SET,
    )
    out.PatientOrientation = list(view.scan.patient_orientation or ()) or None  # type 2C, which the library leaves out
    settle(out, results.at)
    return out
