"""Side and orientation of a view, from its tags and its pixels, and where they contradict each other."""

from typing import Literal

import numpy as np
from pydicom.dataset import Dataset

from core.scans import elements
from core.scans.scan import UNSURE, Laterality
from core.scans.views import VIEW_NAMES, View

Edge = Literal["left", "right", "top", "bottom"]
BOTH = "The image shows both breasts (laterality B): it counts for neither side."
_AXIAL: frozenset[View] = frozenset({"CC", "XCCL", "XCCM", "FB"})
_TO_THE_MIDDLE: dict[View, bool] = {"MLO": True, "LMO": True, "SIO": False}  # whether the way to the feet leads to the middle, too
_OPPOSITE: dict[str, Edge] = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}


def laterality(ds: Dataset, assumed: list[str]) -> tuple[Laterality | None, bool]:
    """The side, None where it is not known, and whether the image shows both breasts.

    Image Laterality decides (PS3.3 C.8.11.7), then Frame Laterality, then the series' Laterality; a contradiction is said.
    """
    stated = {k: elements.code(ds, k) for k in ("ImageLaterality", "FrameLaterality", "Laterality")}
    stated = {k: v for k, v in stated.items() if v in ("L", "R", "B")}
    if not stated:
        return None, False
    keyword, side = next(iter(stated.items()))
    other = [k for k, v in stated.items() if v != side]
    if other:
        assumed.append(f"Contradictory sides: {_words(keyword)} {side} was used, {_words(other[0])} says {stated[other[0]]}.")
    return {"L": "L", "R": "R"}.get(side), side == "B"  # type: ignore[return-value]


def patient_orientation(ds: Dataset) -> tuple[str, str] | None:
    """Directions of the rows and of the columns in the patient, e.g. ("A", "FR") (PS3.3 C.7.6.1.1.1); None where they are not stated."""
    found = elements.codes(ds, "PatientOrientation")
    if len(found) != 2 or not all(found) or not all(set(x) <= set("APHFLR") for x in found):
        return None
    return found[0], found[1]


def misplaced_view(ds: Dataset) -> str:
    """A view name that stands in Patient Orientation, as CBIS-DDSM writes it; else empty."""
    found = elements.codes(ds, "PatientOrientation")
    return found[0] if len(found) == 1 and found[0] in VIEW_NAMES else ""


def stated_chest_wall(orientation: tuple[str, str]) -> Edge | None:
    """The edge of the stored matrix where the chest wall is, by Patient Orientation; None where neither axis is anterior."""
    for directions, (near, far) in zip(orientation, (("left", "right"), ("top", "bottom")), strict=True):
        if directions[0] in "AP":
            return near if directions[0] == "A" else far  # type: ignore[return-value]
    return None


def seen_chest_wall(display: np.ndarray) -> Edge | None:
    """The edge along which the breast lies, from brightness, float32 (H, W), 1 = dense; None where no edge stands out."""
    strip = [max(1, n // 25) for n in display.shape]
    means = {
        "left": display[:, : strip[1]].mean(),
        "right": display[:, -strip[1] :].mean(),
        "top": display[: strip[0]].mean(),
        "bottom": display[-strip[0] :].mean(),
    }
    edge = max(means, key=lambda k: float(means[k]))
    if means[edge] < 0.08 or means[_OPPOSITE[edge]] > 0.4 * means[edge]:
        return None
    return edge  # type: ignore[return-value]


def stated_contradictions(side: Laterality | None, view: View | None, orientation: tuple[str, str] | None) -> list[str]:
    """What side, view and Patient Orientation say against each other, by the tags alone, a sentence each.

    The image of an oblique view lies between sagittal and coronal: its way to the feet is also one to the middle of the body in MLO
    and LMO, away from it in SIO (PS3.3 C.8.11.7.1.2 with the projections of C.8.11.7.1.5). That of a craniocaudal one is axial and
    has no feet.
    """
    if orientation is None or view is None:
        return []
    across = next((x for x in reversed(orientation) if x[0] not in "AP"), "")  # the axis along the chest wall
    words = "\\".join(orientation)
    if across and (across[0] in "HF") != (view not in _AXIAL):
        return [
            f"The view is {view}, but Patient Orientation {words} is that of {'an oblique or lateral' if view in _AXIAL else 'a CC'} view."
        ]
    medial = {"L": "R", "R": "L"}.get(side or "")
    if view in _TO_THE_MIDDLE and medial and len(across) > 1 and across[1] in "LR":
        to_the_middle = (across[1] == medial) == (across[0] == "F")
        if to_the_middle != _TO_THE_MIDDLE[view]:
            return [f"Side {side} and Patient Orientation {words} contradict each other in {view}: one of them may be wrong{UNSURE}"]
    return []


def contradictions(side: Laterality | None, orientation: tuple[str, str] | None, display: np.ndarray) -> list[str]:
    """What side, Patient Orientation and the chest wall in the pixels say against each other, a sentence each."""
    seen = seen_chest_wall(display)
    if seen is None:
        return []
    if orientation is None:
        usual = {"L": "left", "R": "right"}.get(side or "")
        if usual and seen == _OPPOSITE[usual]:
            return [f"Side {side}, but the chest wall is on the {seen}: the image may be mirrored or its side wrong."]
        return []
    stated = stated_chest_wall(orientation)
    if stated and seen == _OPPOSITE[stated]:
        return [
            f"Patient Orientation puts the chest wall on the {stated}, the pixels show it on the {seen}: "
            f"side {side or 'unknown'} or orientation may be wrong{UNSURE}"
        ]
    return []


def _words(keyword: str) -> str:
    return keyword.replace("Laterality", " Laterality").strip()
