"""A CSV with the columns path and label beside the images; also mini-MIAS with such a CSV instead of Info.txt."""

import csv
from pathlib import Path

from core.datasets.manifest import NO_PATIENTS, Item, Manifest
from core.datasets.sources import mini_mias
from core.datasets.sources.class_folders import SPLIT_FOLDERS, guess_space
from core.datasets.sources.truth import patient_of
from core.errors import DataError
from core.labels import TRIAGE, LabelSpace

COLUMNS = {
    "path": ("path", "file", "filename", "file_name", "image", "image_path", "image_name", "refnum", "img_name"),
    "label": ("label", "class", "target", "severity", "pathology", "diagnosis"),
    "patient": ("patient", "patient_id", "subject", "subject_id"),
    "view": ("view", "view_position"),
    "laterality": ("laterality", "side"),
    "density": ("density", "breast_density"),
    "split": ("split", "subset"),
    "source": ("source",),
    "note": ("note", "notes"),
}
SUFFIXES = ("", ".pgm", ".png", ".jpg", ".jpeg", ".dcm", ".tif")


def _table(folder: Path) -> tuple[Path, dict[str, str]] | None:
    """The first CSV whose heading names a path and a label, and which of its columns is what."""
    for path in sorted(folder.glob("*.csv")):
        with open(path, newline="", encoding="utf-8-sig", errors="replace") as f:
            heading = next(csv.reader(f), [])
        found = {ours: column for ours, names in COLUMNS.items() for column in heading if column.strip().lower().replace(" ", "_") in names}
        if {"path", "label"} <= found.keys():
            return path, found
    return None


def recognises(folder: Path) -> bool:
    """True where a CSV has a column for the image and one for the label."""
    return _table(folder) is not None


def read(folder: Path, space: LabelSpace | None = None) -> Manifest:
    """The rows of the table. Without a column for the patient it is read from the file name.

    Raises
    ------
    DataError
        If an image is missing or outside the folder, a split is not known, or some rows have a split and some none.
    """
    path, columns = _table(folder)
    with open(path, newline="", encoding="utf-8-sig", errors="replace") as f:
        rows = [{ours: (row[c] or "").strip() for ours, c in columns.items()} for row in csv.DictReader(f)]
    rows = [r for r in rows if r["path"]]
    mias = bool(rows) and all((Path(r["path"]).name.lower()).startswith("mdb") for r in rows)
    space = space or (TRIAGE if mias else guess_space({x for r in rows for x in r["label"].split("|")}))
    items = {}
    for row in rows:
        image = _image(folder, row["path"], path.name)
        label = _label(space, row["label"])
        patient = row.get("patient") or patient_of(image) or Path(image).stem
        kept = items.get(image)
        if kept is not None and space.kind == "multiclass" and space.index(kept.label) > space.index(label):
            continue  # several rows of one image: the later class is the graver in our spaces
        split = SPLIT_FOLDERS.get(row.get("split", "").lower())
        if row.get("split") and not split:
            raise DataError(f"{path.name} names the split {row['split']!r}.", "Write train, validation or test.")
        items[image] = Item(
            *(image, label, patient, "mini-MIAS" if mias else row.get("source") or folder.name),
            split=split,
            **{k: row.get(k) or None for k in ("view", "laterality", "density")},
            note=row.get("note", ""),
        )
    if len({bool(i.split) for i in items.values()}) > 1:
        raise DataError(f"Some rows of {path.name} have a split and some have none.", "Give all of them one, or none.")
    named = "patient" in columns or any(patient_of(p) for p in items) or all(i.split for i in items.values())
    traps = (mini_mias.PAIRS,) if mias else () if named else (NO_PATIENTS,)
    return Manifest(folder, space, tuple(items.values()), terms=mini_mias.TERMS if mias else "Your own data.", traps=traps)


def _image(folder: Path, name: str, table: str) -> str:
    for suffix in SUFFIXES:
        found = folder / f"{name}{suffix}"
        if found.is_file() and found.resolve().is_relative_to(folder.resolve()):
            return f"{name}{suffix}"
    raise DataError(f"{table} names {name}, which is not in the folder.", "Correct the path; it counts from the folder of the table.")


def _label(space: LabelSpace, text: str) -> str:
    if space.kind == "multilabel":
        return " ".join(space.classes[space.index(x)] for x in text.split("|") if x.strip())
    return space.classes[space.index(text)]
