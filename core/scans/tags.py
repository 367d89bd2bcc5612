"""What the tags of a mammography DICOM object say: view, modifiers, warnings. No pixels."""

from pydicom.dataset import Dataset

from core.scans import elements, objects
from core.scans.kinds import SENTENCES, Kind
from core.scans.orientation import misplaced_view
from core.scans.scan import BURNED_IN
from core.scans.views import MODIFIERS, VIEWS, Modifier, View


def view(ds: Dataset, assumed: list[str]) -> View | None:
    """The view by View Code Sequence, else View Position, else Patient Orientation where one was written there; None if unknown."""
    code = next((VIEWS[v] for v in (elements.text(c, "CodeValue") for c in ds.get("ViewCodeSequence") or []) if v in VIEWS), None)
    position = _named(elements.code(ds, "ViewPosition"))
    if code and position and code != position:
        assumed.append(f"Contradictory views: the view code {code} was used, View Position says {position}.")
    if code or position:
        return code or position
    misplaced = _named(misplaced_view(ds))
    if misplaced:
        assumed.append(f"The view {misplaced} stands in Patient Orientation; the orientation itself is not known.")
    return misplaced


def modifiers(ds: Dataset) -> tuple[Modifier, ...]:
    """Modifiers of the view (PS3.16 CID 4015) as the file orders them; magnified and spot views also by their other tags."""
    found: list[Modifier] = []
    for view_code in ds.get("ViewCodeSequence") or []:
        for code in view_code.get("ViewModifierCodeSequence") or []:
            modifier = MODIFIERS.get(elements.text(code, "CodeValue"))
            if modifier and modifier not in found:
                found.append(modifier)
    factor = elements.numbers(ds, "EstimatedRadiographicMagnificationFactor")
    if factor and 1.35 < factor[0] < 5 and "magnification" not in found:  # contact views reach 1.1
        found.append("magnification")
    if "SPOT" in elements.code(ds, "PaddleDescription") and "spot compression" not in found:
        found.append("spot compression")
    return tuple(found)


<<<<<<< HEAD
def warnings(ds: Dataset, kind: Kind, synthetic: bool) -> tuple[str, ...]:
    """What a reader should know before trusting a score on this image."""
    out = [SENTENCES[kind]] if kind in SENTENCES else []
    if objects.intent(ds) == "processing":
        out.append("Raw detector data (FOR PROCESSING): the models were trained on images for presentation.")
    if objects.intent(ds) == "secondary":
        out.append(objects.SECONDARY_CAPTURE)
    if "YES" in (elements.code(ds, "BurnedInAnnotation"), elements.code(ds, "RecognizableVisualFeatures")) and not synthetic:
=======
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
    """What a reader should know before trusting a score on this image."""
    out = []
    if intent(ds) == "processing":
        out.append("Raw detector data (FOR PROCESSING): the models were trained on images for presentation.")
    if intent(ds) == "secondary":
        out.append("A secondary capture: brightness may have been changed on the way.")
    if "YES" in (ds.get("BurnedInAnnotation"), ds.get("RecognizableVisualFeatures")) and not synthetic:
>>>>>>> 81a8a85 (image and patient in messages, recipes and cards; NOTES by experiment)
        out.append(BURNED_IN)
    if elements.code(ds, "BreastImplantPresent") == "YES":
        out.append("Breast implant: the models have hardly seen any.")
<<<<<<< HEAD
    if elements.code(ds, "PartialView") == "YES":
        out.append("A partial view: part of the breast is outside the image.")
    if elements.code(ds, "PatientSex") == "M":
        out.append("A male patient: the models were trained on women.")
    named = modifiers(ds)
    coded = any(code.get("ViewModifierCodeSequence") for code in ds.get("ViewCodeSequence") or [])
    if named or coded:
        out.append(f"A modified view ({', '.join(named) or 'unknown modifier'}), not a standard one.")
=======
    if ds.get("PartialView") == "YES":
        out.append("A partial view: part of the breast is outside the image.")
    if any(code.get("ViewModifierCodeSequence") for code in ds.get("ViewCodeSequence") or []):
        out.append("A modified view (spot, magnification, rolled or similar), not a standard one.")
>>>>>>> 81a8a85 (image and patient in messages, recipes and cards; NOTES by experiment)
    return tuple(out)


def _named(text: str) -> View | None:
    return next((v for v in VIEWS.values() if v == text), None)
