"""What a source says about an image, in the words of a label space; and whose image a file is. No torch."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from core.labels import LabelSpace
from core.scans.file_names import inbreast_patient, mini_mias_pair
from core.scans.identity import is_placeholder

IMAGES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".pgm", ".dcm", ""}
TISSUE_OF = {"1": "fatty", "2": "glandular", "3": "dense", "4": "dense", "F": "fatty", "G": "glandular", "D": "dense"}


def label_of(
    space: LabelSpace, severity: str | None = None, density: str | None = None, calcifications: Iterable[str] | None = None
) -> str | None:
    """The label of an image in `space`, or None where the source does not state it.

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
        case "suspicion":  # only sources without pathology: INbreast's severity is its BI-RADS category
            return severity and (space.positive if severity == "malignant" else space.negative)
        case "tissue":
            return tissue
        case "density":
            return space.synonyms.get(density or "")
        case "tissue6":
            return f"{tissue} {severity}" if tissue and severity in ("benign", "malignant") else None
        case "density8":
            known = density in ("1", "2", "3", "4") and severity in ("benign", "malignant")
            return f"Density{density}{(severity or '').capitalize()}" if known else None
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
    """The patient of a file by its name; None where the name has none, or a placeholder such as ANONYMOUS.

    mini-MIAS images (1, 2), (3, 4), … are one patient's; INbreast names carry a patient's hash; elsewhere it
    is what precedes the first `_`.
    """
    stem = Path(name).name
    if known := mini_mias_pair(stem) or inbreast_patient(stem):
        return known
    first = stem.split("_")[0].split(".")[0] if "_" in Path(stem).stem else ""
    return None if is_placeholder(first) else first


def alone(path: str) -> str:
    """What stands for the patient of an image that names none: the file name's stem, or the whole path where that is a placeholder."""
    name = Path(path)
    return path if is_placeholder(name.stem.split("_")[0]) else name.stem


def unnamed_patients(patients: Sequence[str | None]) -> tuple[str, ...]:
    """What to say of images that name no patient while others do, as a trap."""
    n = patients.count(None)
    return (f"{n} images name no patient, or a placeholder such as ANONYMOUS: each counts as a patient of its own.",) if n else ()


def images(folder: Path) -> list[Path]:
    """The image files directly in a folder, sorted."""
    return sorted(p for p in folder.iterdir() if p.is_file() and p.suffix.lower() in IMAGES and not p.name.startswith("."))
