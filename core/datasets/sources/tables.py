"""A CSV with the columns path and label next to the images; also mini-MIAS with such a CSV instead of Info.txt."""

from pathlib import Path

from core.csv_table import column_names, read_rows
from core.datasets.manifest import NO_PATIENTS, Item, Manifest, Split
from core.datasets.sources import mini_mias
from core.datasets.sources.class_folders import SPLIT_FOLDERS, guess_space
from core.datasets.sources.truth import patient_of, unnamed_patients
from core.errors import DataError
from core.labels import TRIAGE, LabelSpace
from core.scans.identity import is_placeholder

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
        heading = column_names(path)
        found = {ours: column for ours, names in COLUMNS.items() for column in heading if column.lower().replace(" ", "_") in names}
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
    known = _table(folder)
    assert known is not None, "`recognises` found it"
    path, heading = known
    rows = [{ours: row[column] for ours, column in heading.items()} for row in read_rows(path)]
    rows = [r for r in rows if r["path"]]
    mias = bool(rows) and all(Path(r["path"]).name.lower().startswith("mdb") for r in rows)
    space = space or (TRIAGE if mias else guess_space({x for r in rows for x in r["label"].split("|")}))
    items: dict[str, Item] = {}
    patients: dict[str, str | None] = {}
    for row in rows:
        image = _image(folder, row["path"], path.name)
        label = _label(space, row["label"])
        earlier = items.get(image)
        if earlier is not None and space.kind == "multiclass" and space.index(earlier.label) > space.index(label):
            continue  # several rows of one image: the later class is the graver in our spaces
        stated = row.get("patient", "")
        patients[image] = patient_of(image) if is_placeholder(stated) else stated
        source = "mini-MIAS" if mias else row.get("source") or folder.name
        items[image] = Item(
            *(image, label, patients[image] or image, source, _split(row.get("split", ""), path.name)),
            view=row.get("view") or None,
            laterality=row.get("laterality") or None,
            density=row.get("density") or None,
            note=row.get("note", ""),
        )
    if len({bool(i.split) for i in items.values()}) > 1:
        raise DataError(f"Some rows of {path.name} have a split and some have none.", "Give all of them one, or none.")
    if mias:
        return Manifest(folder, space, tuple(items.values()), terms=mini_mias.TERMS, traps=(mini_mias.PAIRS,))
    names = list(patients.values())
    traps = () if all(i.split for i in items.values()) else unnamed_patients(names) if any(names) else (NO_PATIENTS,)
    return Manifest(folder, space, tuple(items.values()), terms="Your own data.", traps=traps)


def _split(text: str, table: str) -> Split | None:
    split = SPLIT_FOLDERS.get(text.lower())
    if text and not split:
        raise DataError(f"{table} names the split {text!r}.", "Write train, validation or test.")
    return split


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
