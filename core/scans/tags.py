"""What the tags of a mammography DICOM object say: view, modifiers, warnings. No pixels."""

from pydicom.dataset import Dataset

from core.scans import elements, objects
from core.scans.kinds import SENTENCES, Kind
from core.scans.orientation import misplaced_view
from core.scans.scan import BURNED_IN
from core.scans.views import MODIFIERS, VIEWS, Modifier, View


def view(ds: Dataset, assumed: list[str]) -> View | None:
    """The view by View Code Sequence, else View Position, else Patient Orientation where one was written there; None if unknown."""
    stated = elements.code(ds, "ViewPosition")
    code = next((VIEWS[v] for v in (elements.text(c, "CodeValue") for c in ds.get("ViewCodeSequence") or []) if v in VIEWS), None)
    position = _named(stated)
    if code and position and code != position:
        assumed.append(f"Contradictory views: the view code {code} was used, View Position says {position}.")
    if code or position:
        return code or position
    misplaced = _named(misplaced_view(ds))
    if stated and not misplaced:
        assumed.append(f"The View Position {stated[:16]!r} is not a standard view; the view is unknown.")
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


def warnings(ds: Dataset, kind: Kind, synthetic: bool) -> tuple[str, ...]:
    """What a reader should know before trusting a score on this image."""
    out = [SENTENCES[kind]] if kind in SENTENCES else []
    if objects.intent(ds) == "processing":
        out.append("Raw detector data (FOR PROCESSING): the models were trained on images for presentation.")
    if objects.intent(ds) == "secondary":
        out.append(objects.SECONDARY_CAPTURE)
    if "YES" in (elements.code(ds, "BurnedInAnnotation"), elements.code(ds, "RecognizableVisualFeatures")) and not synthetic:
        out.append(BURNED_IN)
    if elements.code(ds, "BreastImplantPresent") == "YES":
        out.append("Breast implant: the models have hardly seen any.")
    if elements.code(ds, "PartialView") == "YES":
        out.append("A partial view: part of the breast is outside the image.")
    if elements.code(ds, "PatientSex") == "M":
        out.append("A male patient: the models were trained on women.")
    named = modifiers(ds)
    coded = any(code.get("ViewModifierCodeSequence") for code in ds.get("ViewCodeSequence") or [])
    if named or coded:
        out.append(f"A modified view ({', '.join(named) or 'unknown modifier'}), not a standard one.")
    return tuple(out)


def _named(text: str) -> View | None:
    return next((v for v in VIEWS.values() if v == text), None)
