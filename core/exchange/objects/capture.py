"""One view as a Secondary Capture (PS3.3 A.8.1): outlines, score and stamps in the pixels, for viewers that read nothing else."""

import numpy as np
from highdicom.sc import SCImage
from pydicom.dataset import Dataset

from core.exchange.objects import equipment
from core.exchange.objects.results import ExamResults, ViewResult
from core.exchange.objects.source import CHARACTER_SET
from core.exchange.objects.uids import settle, stable_uid
from core.imaging.hanging import Hanging
from core.imaging.orientation import Turn
from core.inference.overlay import hung_overlay
from core.inference.score_text import decimal
from core.models.card import Card
from core.scans.stamp import stamp

SERIES = 9007
_OPPOSITE = str.maketrans("APLRHF", "PARLFH")


def stamped(view: ViewResult, card: Card) -> np.ndarray:
    """The view as it hangs, uint8 RGB (H, W, 3), stamped at the corners."""
    image = hung_overlay(view.scan, view.evidence if view.drawn else None)
    image = stamp(image, "RESEARCH USE ONLY - NOT VERIFIED", corner="top-left")
    if view.score is None or view.threshold is None:
        words = "AI: CANNOT ASSESS" if view.outcome == "cannot assess" else "AI: FAILED"
    else:
        sign = "AT OR ABOVE" if view.positive else "BELOW"
        words = f"AI {decimal(view.score, view.threshold)}, {sign} {decimal(view.threshold, view.score)}"
    image = stamp(image, f"{view.scan.laterality or ''} {view.scan.view or ''}  {words}".strip(), corner="top-right")
    return stamp(image, f"{card.title} {card.weights.sha256[:12]}", corner="bottom-right") if not view.scan.synthetic else image


def capture(results: ExamResults, view: ViewResult, n: int, card: Card) -> SCImage:
    """The image as an object."""
    source, image = view.source, stamped(view, card)
    turn = Hanging.of(view.scan).turn
    scale = max(view.scan.shape) / max(image.shape)
    spacing = turn.spacing(view.scan.spacing_mm) if view.scan.spacing_mm else None
    out = SCImage(
        pixel_array=image,
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        study_instance_uid=results.study,
        series_instance_uid=stable_uid("series", "SC", results.study),
        series_number=SERIES,
        sop_instance_uid=stable_uid("SC", str(source.SOPInstanceUID), *results.ai_key),
        instance_number=n,
        manufacturer=equipment.MANUFACTURER,
        patient_id=source.PatientID,
        patient_name=source.PatientName,
        patient_birth_date=source.PatientBirthDate,
        patient_sex=source.PatientSex,
        accession_number=source.AccessionNumber,
        study_id=source.StudyID,
        study_date=source.StudyDate,
        study_time=source.StudyTime,
        referring_physician_name=source.ReferringPhysicianName,
        pixel_spacing=(spacing[0] * scale, spacing[1] * scale) if spacing else None,
        laterality=view.scan.laterality,
        patient_orientation=_orientation(view, turn) or ("A", "F"),  # the library needs one; `_describe` removes an invented one
        series_description="AI result, research use only",
        manufacturer_model_name=equipment.MANUFACTURER,
        software_versions=equipment.software_version(),
        device_serial_number=equipment.SERIAL,
        content_date=results.at.date(),
        content_time=results.at.time(),
        specific_character_set=CHARACTER_SET,
    )
    _describe(out, view)
    settle(out, results.at)
    return out


def _describe(out: Dataset, view: ViewResult) -> None:
    """What the library leaves out: the origin, and that text stands in the pixels."""
    out.Laterality = view.scan.laterality or ""
    if view.scan.patient_orientation is None:
        out.PatientOrientation = None
    out.ImageType = ["DERIVED", "SECONDARY"]
    out.BurnedInAnnotation = "YES"  # stamps alone; nothing of the patient is written
    out.BodyPartExamined = "BREAST"
    out.DerivationDescription = "Display values with outlines and stamps; not for measurement"
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = view.source.SOPClassUID, view.source.SOPInstanceUID
    out.SourceImageSequence = [reference]


def _orientation(view: ViewResult, turn: Turn) -> tuple[str, str] | None:
    """Patient Orientation of the image as it hangs; None where the source does not state its own."""
    stated = view.scan.patient_orientation
    if stated is None:
        return None
    across, down = stated[::-1] if turn.transposed else stated
    return (
        across.translate(_OPPOSITE) if turn.columns_reversed else across,
        down.translate(_OPPOSITE) if turn.rows_reversed else down,
    )
