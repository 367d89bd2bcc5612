"""What the file names of published sets say of an image: whose it is, which side, which view. Never the truth; a name may be wrong."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.scans.scan import Laterality
from core.scans.views import VIEW_NAMES, View

_CBIS = re.compile(r"(?:Mass|Calc)-(?:Training|Test)_(P_\d{5})_(LEFT|RIGHT)_(CC|MLO)")  # a crop or mask has a number at its end
_INBREAST = re.compile(r"\d+_([0-9a-f]{12,})_MG_([LR])_([A-Z]+)_")
_MIAS = re.compile(r"mdb(\d{3})", re.IGNORECASE)
_VINDR = re.compile(r"[0-9a-f]{32}")
_RSNA = re.compile(r"(\d{1,5})_\d{4,10}")
_ROBOFLOW = re.compile(r"(\d{1,5})_\d{4,10}_png\.rf\.[0-9a-f]+")
_SIDES: dict[str, Laterality] = {"L": "L", "R": "R", "LEFT": "L", "RIGHT": "R"}
_BOTH = re.compile(f"(LEFT|RIGHT|L|R)({'|'.join(sorted(VIEW_NAMES, key=len, reverse=True))})")
_TOKEN = re.compile(r"[A-Za-z]+|\d+")


@dataclass(frozen=True)
class NamedView:
    """What a name says.

    Attributes
    ----------
    source : str
        The published set, e.g. "INbreast"; "" for any other name that holds side and view.
    patient : str
        Names of one patient share it; good for comparing alone.
    laterality, view : str or None
    """

    source: str
    patient: str
    laterality: Laterality | None = None
    view: View | None = None


def named_view(path: str) -> NamedView | None:
    """What a file's name, with the folders above it, says; None where it follows no known pattern.

    CBIS-DDSM, INbreast (Moreira et al. 2012; "ML" in its names is an MLO), mini-MIAS (all MLO; two numbers a patient, and no side:
    that of its table contradicts the markers), VinDr-Mammo (a folder a study), RSNA 2022 and the Roboflow copy of it (patient_image),
    and any name with side and view such as `case7_R_MLO.png`, where the rest of the name stands for the patient.
    """
    parts = PurePosixPath(path.replace("\\", "/")).parts
    if not parts:
        return None
    folder, stem = parts[-2] if len(parts) > 1 else "", PurePosixPath(parts[-1]).stem
    for part in (*parts[:-1], stem):
        if found := _CBIS.fullmatch(part):
            return NamedView("CBIS-DDSM", found[1], _SIDES[found[2]], _view(found[3]))
    if found := _INBREAST.match(stem):
        return NamedView("INbreast", found[1], _SIDES[found[2]], "MLO" if found[3] == "ML" else _view(found[3]))
    if pair := mini_mias_pair(stem):
        return NamedView("mini-MIAS", pair, view="MLO")
    if _VINDR.fullmatch(folder) and _VINDR.fullmatch(stem):
        return NamedView("VinDr-Mammo", folder)
    if found := _ROBOFLOW.match(stem):
        return NamedView("Roboflow", found[1])
    if found := _RSNA.fullmatch(f"{folder}_{stem}") or _RSNA.fullmatch(stem):
        return NamedView("RSNA", found[1])
    return _side_and_view("/".join(parts[:-1]), stem)


def mini_mias_pair(name: str) -> str | None:
    """The patient of a mini-MIAS image: (1, 2), (3, 4), … are one patient's."""
    found = _MIAS.match(name)
    return f"pair{(int(found[1]) + 1) // 2}" if found else None


def inbreast_patient(name: str) -> str | None:
    """The hash of the patient in an INbreast name."""
    found = _INBREAST.match(name)
    return found[1] if found else None


def cbis_patient(patient_id: str) -> str | None:
    """The patient in a Patient ID of CBIS-DDSM, which names the view too: "P_00173" of "Mass-Test_P_00173_LEFT_CC"."""
    found = re.match(r"(?:Mass|Calc)-(?:Training|Test)_(P_\d{5})_(?:LEFT|RIGHT)_(?:CC|MLO)(?:_\d+)?$", patient_id)
    return found[1] if found else None


def _view(name: str) -> View | None:
    return name if name in VIEW_NAMES else None


def _side_and_view(folder: str, stem: str) -> NamedView | None:
    """Exactly one side and one view among the words of a name, apart or in one ("RMLO"); the rest of it is the patient's."""
    sides: list[Laterality] = []
    views: list[View] = []
    rest: list[str] = []
    for token in _TOKEN.findall(stem):
        word = token.upper()
        if both := _BOTH.fullmatch(word):
            sides.append(_SIDES[both[1]])
            views.append(both[2])  # type: ignore[arg-type]
        elif word in _SIDES:
            sides.append(_SIDES[word])
        elif word in VIEW_NAMES:
            views.append(word)
        else:
            rest.append(token)
    if len(sides) != 1 or len(views) != 1:
        return None
    return NamedView("", f"{folder}/{' '.join(rest)}", sides[0], views[0])
