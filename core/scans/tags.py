"""What the tags of a mammography DICOM object say: side, view, spacing, purpose. No pixels."""

from pydicom import uid
from pydicom.dataset import Dataset

from core.errors import ScanError
from core.scans.scan import BURNED_IN

FOR_PRESENTATION = uid.DigitalMammographyXRayImageStorageForPresentation
FOR_PROCESSING = uid.DigitalMammographyXRayImageStorageForProcessing
TOMOSYNTHESIS = uid.BreastTomosynthesisImageStorage
# View codes of PS3.16 CID 4014: SNOMED CT first, then the older SNOMED RT code that files still carry.
VIEWS = {
    "399162004": "CC",
    "R-10242": "CC",
    "399368009": "MLO",
    "R-10226": "MLO",
    "399260004": "ML",
    "R-10224": "ML",
    "399352003": "LM",
    "R-10228": "LM",
    "399099002": "LMO",
    "R-10230": "LMO",
    "399192008": "XCCL",
    "R-1024A": "XCCL",
    "399101009": "XCCM",
    "R-1024B": "XCCM",
}
OTHER_MODALITIES = {"CT", "MR", "US", "PT", "NM", "XA", "RF", "OP", "ES", "ECG", "SM", "PX", "IO"}


def check_object(ds: Dataset) -> None:
    """Refuse objects that are not a single projection.

    Raises
    ------
    ScanError
        For a tomosynthesis stack, and for a modality that is no radiograph.
    """
    if ds.get("SOPClassUID") == TOMOSYNTHESIS:
        raise ScanError(
            "This is a tomosynthesis stack; only two-dimensional views are read.", "Upload the synthetic 2D image or the mammogram."
        )
    modality = str(ds.get("Modality", "")).strip()
    if modality in OTHER_MODALITIES:
        raise ScanError(f"The file's modality is {modality}, not mammography.", "Upload a mammogram.")


def laterality(ds: Dataset) -> str | None:
    """ "L", "R" or None: ImageLaterality, else Laterality, else FrameLaterality; both sides count as unknown."""
    values = [ds.get("ImageLaterality"), ds.get("Laterality"), _frame_laterality(ds)]
    return next((str(v).strip().upper() for v in values if str(v or "").strip().upper() in ("L", "R")), None)


def _frame_laterality(ds: Dataset) -> str | None:
    for groups in ds.get("SharedFunctionalGroupsSequence") or []:
        for anatomy in groups.get("FrameAnatomySequence") or []:
            return anatomy.get("FrameLaterality")
    return None


def view(ds: Dataset) -> str | None:
    """The view, from the normative ViewCodeSequence, else from ViewPosition; None where neither names a known one."""
    for code in ds.get("ViewCodeSequence") or []:
        known = VIEWS.get(str(code.get("CodeValue", "")).strip())
        if known:
            return known
    position = str(ds.get("ViewPosition", "")).strip().upper()
    return position if position in VIEWS.values() else None


def spacing(ds: Dataset, assumed: list[str]) -> tuple[float, float] | None:
    """(row, column) millimetres a pixel in the plane of the breast, an estimate; None where nothing valid is given.

    ImagerPixelSpacing is measured at the detector; divided by the magnification factor it holds for the
    breast (PS3.3 C.8.11.7).
    """
    magnification = next((x for x in numbers(ds, "EstimatedRadiographicMagnificationFactor") if 0.5 < x < 3), None)
    for keyword in ("ImagerPixelSpacing", "PixelSpacing"):
        pair = numbers(ds, keyword)
        if len(pair) == 2 and all(0.005 < x < 2 for x in pair):
            if keyword == "ImagerPixelSpacing" and magnification:
                assumed.append("Millimetres are estimated: detector spacing divided by the magnification factor.")
                return pair[0] / magnification, pair[1] / magnification
            assumed.append("Millimetres are estimated: the file gives no magnification factor.")
            return pair[0], pair[1]
    assumed.append("The file gives no pixel size; lengths are in pixels.")
    return None


def body_part_ok(ds: Dataset) -> bool | None:
    """Whether the tags say that this is a breast: True, False, or None where they are silent."""
    if ds.get("Modality") == "MG" or ds.get("SOPClassUID") in (FOR_PRESENTATION, FOR_PROCESSING):
        return True
    part = str(ds.get("BodyPartExamined", "")).strip().upper()
    return part in ("BREAST", "BREASTS") if part else None


def intent(ds: Dataset) -> str | None:
    """ "presentation", "processing", "secondary" or None."""
    sop, stated = ds.get("SOPClassUID"), str(ds.get("PresentationIntentType", "")).upper()
    if sop == FOR_PROCESSING or stated == "FOR PROCESSING":
        return "processing"
    if sop == FOR_PRESENTATION or stated == "FOR PRESENTATION":
        return "presentation"
    return "secondary" if str(sop or "").startswith("1.2.840.10008.5.1.4.1.1.7") else None


def warnings(ds: Dataset, synthetic: bool) -> tuple[str, ...]:
    """What a reader should know before trusting a score on this picture."""
    out = []
    if intent(ds) == "processing":
        out.append("Raw detector data (FOR PROCESSING): the models were trained on pictures for presentation.")
    if intent(ds) == "secondary":
        out.append("A secondary capture: brightness may have been changed on the way.")
    if "YES" in (ds.get("BurnedInAnnotation"), ds.get("RecognizableVisualFeatures")) and not synthetic:
        out.append(BURNED_IN)
    if ds.get("BreastImplantPresent") == "YES":
        out.append("Breast implant: the models have hardly seen any.")
    if ds.get("PartialView") == "YES":
        out.append("A partial view: part of the breast is outside the picture.")
    if any(code.get("ViewModifierCodeSequence") for code in ds.get("ViewCodeSequence") or []):
        out.append("A modified view (spot, magnification, rolled or similar), not a standard one.")
    return tuple(out)


def numbers(ds: Dataset, keyword: str) -> list[float]:
    """The values of a numeric element as floats; empty where it is absent."""
    value = ds.get(keyword)
    if value is None or value == "":
        return []
    return [float(x) for x in (value if hasattr(value, "__iter__") and not isinstance(value, str) else [value])]


def strings(ds: Dataset, keyword: str) -> list[str]:
    """The values of a text element; empty where it is absent."""
    value = ds.get(keyword)
    if not value:
        return []
    return [value] if isinstance(value, str) else [str(x) for x in value]
