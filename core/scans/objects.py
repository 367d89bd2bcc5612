"""What kind of object a file is, decided once by SOP class, frames, Image Type and what the tags say of its content."""

from typing import Literal

from pydicom import uid
from pydicom.dataset import Dataset

from core.errors import ScanError
from core.scans import elements
from core.scans.kinds import Kind
from core.scans.views import SPECIMEN

FOR_PRESENTATION = uid.DigitalMammographyXRayImageStorageForPresentation
FOR_PROCESSING = uid.DigitalMammographyXRayImageStorageForProcessing
TOMOSYNTHESIS = uid.BreastTomosynthesisImageStorage
PROJECTIONS = (uid.BreastProjectionXRayImageStorageForPresentation, uid.BreastProjectionXRayImageStorageForProcessing)
_CT = (uid.CTImageStorage, uid.EnhancedCTImageStorage)
_SECONDARY = "1.2.840.10008.5.1.4.1.1.7"
OTHER_MODALITIES = {"CT", "MR", "US", "PT", "NM", "XA", "RF", "OP", "ES", "ECG", "SM", "PX", "IO"}
# Values 3 to 5 of Image Type by PS3.3 C.8.11.7.1.4, then words that vendors wrote before these terms were defined.
_RECOMBINED = ("SUBTRACTION", "ADDITION", "HIGH_ENERGY", "HIGH ENERGY", "RECOMBINED", "RECOM", "SUBTRACTED", "SUBTRACT", "DES", "CEDM_SUB")
_CONTRAST = ("LOW_ENERGY", "LOW ENERGY", "LOWENERGY", "PRE_CONTRAST", "POST_CONTRAST")
_BIOPSY = ("STEREO", "SCOUT", "PREFIRE", "POSTFIRE", "POSTBIOPSY", "POSTMARKER", "BIOPSY")
_SYNTHETIC = (
    "GENERATED_2D",
    "SYNTHESIZED",
    "SYNTHESISED",
    "SYNTHETIC",
    "C-VIEW",
    "CVIEW",
    "S-VIEW",
    "V-PREVIEW",
    "INTELLIGENT 2D",
    "INSIGHT 2D",
)
SECONDARY_CAPTURE = "A secondary capture: grey levels may be altered."
_DESCRIPTIONS = ("SeriesDescription", "AcquisitionDeviceProcessingDescription", "DerivationDescription")
_VIEW = "Upload the mammogram or the synthetic 2D image."


def kind(ds: Dataset, any_modality: bool = False) -> Kind:
    """The kind of a single-frame object (see core.scans.kinds).

    Raises
    ------
    ScanError
        For a stack of frames, a CT-wrapped slice, another modality, and a file without pixels.
    """
    sop = str(ds.get("SOPClassUID", ""))
    image_type = set(elements.codes(ds, "ImageType")) | set(elements.codes(ds, "FrameType"))
    described = " ".join(elements.code(ds, k) for k in _DESCRIPTIONS)
    frames = elements.integer(ds, "NumberOfFrames") or 1
    _check_frames(sop, frames)
    modality = elements.code(ds, "Modality")
    if sop in _CT and _is_breast(ds):
        raise ScanError("This is a tomosynthesis slice wrapped as CT; only two-dimensional views are read.", _VIEW)
    if modality in OTHER_MODALITIES and not any_modality:
        raise ScanError(f"The file's modality is {modality}, not mammography.", "Upload a mammogram.")
    if "PixelData" not in ds:
        raise ScanError("The DICOM file holds no image.", "Upload the image object, not a report or presentation state.")
    return _kind(ds, sop, image_type, described)


def _kind(ds: Dataset, sop: str, image_type: set[str], described: str) -> Kind:
    def any_of(words: tuple[str, ...]) -> bool:
        return any(w in value for value in image_type for w in words)

    view_codes = {elements.text(c, "CodeValue") for c in ds.get("ViewCodeSequence") or []}
    if view_codes & SPECIMEN or ds.get("SpecimenDescriptionSequence") or elements.text(ds, "SpecimenIdentifier") or "SPECIMEN" in described:
        return "specimen"
    contrast = bool(elements.text(ds, "ContrastBolusAgent") or ds.get("ContrastBolusAgentSequence"))
    if image_type & set(_RECOMBINED) or "RECOMBINED" in described or "SUBTRACT" in described:
        return "recombined"
    if any_of(_BIOPSY) or any(w in described for w in ("SCOUT", "STEREO")):
        return "biopsy"
    if contrast or image_type & set(_CONTRAST) or "LOW ENERGY" in described:
        return "contrast"
    if any_of(_SYNTHETIC) or any(w in described for w in _SYNTHETIC):
        return "synthetic"
    if sop in PROJECTIONS and ("TOMO" in " ".join(image_type) or "TOMO_PROJ" in described):
        return "projection"
    if any_of(("TOMO_PROJ", "PROJECTION", "TOMO_SCAN")) or ("TOMO" in described and "PROJ" in described):
        return "projection"
    if sop == TOMOSYNTHESIS or any_of(("SLAB", "TOMOSYNTHESIS", "MAX_IP", "MAXIMUM_INTENSITY")) or " SLAB" in f" {described}":
        return "slab"
    if {"DERIVED", "SECONDARY"} <= image_type:
        return "capture"
    return "mammogram"


def _check_frames(sop: str, frames: int) -> None:
    if frames <= 1:
        return
    if sop == TOMOSYNTHESIS:
        raise ScanError(f"This is a tomosynthesis stack of {frames} slices; only two-dimensional views are read.", _VIEW)
    raise ScanError(f"The file holds {frames} frames.", "Upload single views; stacks and cine images are not read.")


def _is_breast(ds: Dataset) -> bool:
    return elements.code(ds, "BodyPartExamined") in ("BREAST", "BREASTS") or elements.code(ds, "Modality") == "MG"


def intent(ds: Dataset) -> Literal["presentation", "processing", "secondary"] | None:
    """What the object is for, by SOP class and Presentation Intent Type; "secondary" is a capture."""
    sop, stated = str(ds.get("SOPClassUID", "")), elements.code(ds, "PresentationIntentType")
    if sop == FOR_PROCESSING or stated == "FOR PROCESSING":
        return "processing"
    if sop in (FOR_PRESENTATION, PROJECTIONS[0]) or stated == "FOR PRESENTATION":
        return "presentation"
    return "secondary" if sop == _SECONDARY or sop.startswith(f"{_SECONDARY}.") else None


def body_part_ok(ds: Dataset) -> bool | None:
    """Whether the tags say that this is a breast: True, False, or None where they are silent."""
    if elements.code(ds, "Modality") == "MG" or ds.get("SOPClassUID") in (FOR_PRESENTATION, FOR_PROCESSING, *PROJECTIONS):
        return True
    part = elements.code(ds, "BodyPartExamined")
    return part in ("BREAST", "BREASTS") if part else None
