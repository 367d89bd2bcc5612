"""One Key Object Selection (PS3.3 A.35.4): what was marked in an exam, by the model or the reader."""

from collections.abc import Sequence

from highdicom.ko import KeyObjectSelection, KeyObjectSelectionDocument
from pydicom.dataset import Dataset

from core.exchange.objects import codes as terms
from core.exchange.objects import equipment
from core.exchange.objects.results import ExamResults
from core.exchange.objects.source import CHARACTER_SET
from core.exchange.objects.uids import settle, stable_uid

SERIES = 9008
DESCRIPTION = "Views with a region of evidence or a reader's mark, their outlines and reports. Research use only, not verified."


def key_objects(results: ExamResults, marked: Sequence[Dataset]) -> KeyObjectSelectionDocument:
    """A selection of these objects: source images first, then the results that describe them."""
    at = max([results.at, *(a.at for a in results.assessments)])
    content = KeyObjectSelection(
        document_title=terms.OF_INTEREST,
        referenced_objects=marked,
        observer_device_context=equipment.device(),
        description=DESCRIPTION,
    )
    out = KeyObjectSelectionDocument(
        evidence=marked,
        content=content,
        series_instance_uid=stable_uid("series", "KO", results.study),
        series_number=SERIES,
        sop_instance_uid=stable_uid("KO", *(str(m.SOPInstanceUID) for m in marked)),
        instance_number=1,
        manufacturer=equipment.MANUFACTURER,
        series_description="Marked views, research use only",
        manufacturer_model_name=equipment.MANUFACTURER,
        software_versions=equipment.software_version(),
        device_serial_number=equipment.SERIAL,
        content_date=at.date(),
        content_time=at.time(),
        specific_character_set=CHARACTER_SET,
    )
    settle(out, at)
    return out
