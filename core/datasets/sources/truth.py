"""What a source says about an image, in the words of a label space; and whose image a file is. No torch."""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from core.labels import LabelSpace

IMAGES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".pgm", ".dcm", ""}
_MIAS = re.compile(r"^mdb(\d{3})", re.IGNORECASE)
_INBREAST = re.compile(r"^\d+_([0-9a-f]{12,})_MG_")
TISSUE_OF = {"1": "fatty", "2": "glandular", "3": "dense", "4": "dense", "F": "fatty", "G": "glandular", "D": "dense"}


def label_of(
    space: LabelSpace, severity: str | None = None, density: str | None = None, calcifications: Iterable[str] | None = None
) -> str | None:
    """The label of an image in `space`, or None where the source does not tell it.

    Parameters
    ----------
    severity : {"normal", "benign", "malignant"}, optional
    density : str, optional
        BI-RADS density 1 to 4, or F, G, D as mini-MIAS writes it.
    calcifications : iterable of str, optional
        Classes of the space `calcification`; empty: none of them. In `calcification4` there is a label where it is exactly one.
    """
    tissue = TISSUE_OF.get(density or "")
    match space.name:
        case "triage" | "tumour":
            return severity and next(iter(space.named(severity)), space.negative)
        case "tissue":
            return tissue
        case "tissue6":
            return f"{tissue} {severity}" if tissue and severity in ("benign", "malignant") else None
        case "density8":
            known = density in ("1", "2", "3", "4") and severity in ("benign", "malignant")
            return f"Density{density}{severity.capitalize()}" if known else None
        case "calcification":
            return None if calcifications is None else " ".join(c for c in space.classes if c in set(calcifications))
        case "calcification4":
            named = set(calcifications or ())
            return named.pop() if len(named) == 1 else None
    return None


def left_out(space: LabelSpace, calcifications: Iterable[Collection[str] | None]) -> tuple[str, ...]:
    """What `calcification4` leaves out, as a trap for the data card: a sentence with counts, or nothing in other spaces.

    Parameters
    ----------
    calcifications : iterable of (collection of str or None)
        The groups that each image of the source names.
    """
    if space.name != "calcification4":
        return ()
    counts = [len(set(c or ())) for c in calcifications]
    none, several = counts.count(0), sum(n > 1 for n in counts)
    if not none + several:
        return ()
    return (f"Left out: {none} images that name none of the four groups of calcifications, {several} that name several.",)


def patient_of(name: str) -> str | None:
    """Whose image a file is, read from its name; None where the name does not tell.

    mini-MIAS mammograms (1, 2), (3, 4), … are one patient's; INbreast names carry a patient's hash; elsewhere it
    is what stands before the first `_`.
    """
    stem = Path(name).name
    if mias := _MIAS.match(stem):
        return f"pair{(int(mias[1]) + 1) // 2}"
    if inbreast := _INBREAST.match(stem):
        return inbreast[1]
    return stem.split("_")[0].split(".")[0] if "_" in Path(stem).stem else None


def images(folder: Path) -> list[Path]:
    """The image files directly in a folder, sorted."""
    return sorted(p for p in folder.iterdir() if p.is_file() and p.suffix.lower() in IMAGES and not p.name.startswith("."))
