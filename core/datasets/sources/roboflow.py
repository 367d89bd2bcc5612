"""Roboflow's CSV exports: `_classes.csv` (one column of 0 and 1 a class) or `_annotations.csv` (one row a box) beside the images."""

import csv
from pathlib import Path

from core.datasets.manifest import NO_PATIENTS, Item, Manifest
from core.datasets.sources.class_folders import ROBOFLOW_TERMS, guess_space
from core.datasets.sources.truth import patient_of
from core.errors import DataError
from core.labels import LabelSpace

TABLES = ("_classes.csv", "_annotations.csv")


def _folders(folder: Path) -> list[Path]:
    return [d for d in (folder, *sorted(p for p in folder.iterdir() if p.is_dir())) if any((d / t).is_file() for t in TABLES)]


def recognises(folder: Path) -> bool:
    """True where such a table lies in the folder or one level below."""
    return bool(_folders(folder))


def read(folder: Path, space: LabelSpace | None = None) -> Manifest:
    """All images that a table names. The export's own split mixes the images of one patient, so it is not used.

    Raises
    ------
    DataError
        If a named image is missing, or one has several classes where exactly one may hold.
    """
    found: dict[Path, tuple[set[str], list]] = {}
    for here in _folders(folder):
        for name in TABLES:
            if (here / name).is_file():
                for path, labels, box in _rows(here / name):
                    entry = found.setdefault(path, (set(), []))
                    entry[0].update(labels)
                    entry[1].extend(box)
    space = space or guess_space({label for labels, _ in found.values() for label in labels})
    items = []
    for path, (labels, boxes) in sorted(found.items()):
        if not path.is_file():
            raise DataError(f"The table names {path.name}, but the image is missing.", "Download the export again.")
        classes = sorted({space.classes[space.index(label)] for label in labels}, key=space.classes.index)
        if space.kind == "multiclass" and len(classes) != 1:
            raise DataError(f"{path.name} has {len(classes)} classes, and exactly one may hold.", "Correct the table, or export again.")
        name = path.relative_to(folder).as_posix()
        items.append(Item(name, " ".join(classes), patient_of(path.name) or path.stem, "Roboflow export", rois=tuple(boxes)))
    nameless = () if any(patient_of(i.path) for i in items) else (NO_PATIENTS,)
    traps = ("Grouped by what stands before the first _ of a file name; the export's split folders are not used.", *nameless)
    return Manifest(folder, space, tuple(items), terms=ROBOFLOW_TERMS, traps=traps)


def _rows(table: Path):
    """Yield (image, class names, boxes as Item.rois) for each row."""
    with open(table, newline="", encoding="utf-8-sig") as f:
        for row in csv.DictReader(f, skipinitialspace=True):
            path = table.parent / row.pop("filename").strip()
            if table.name == "_classes.csv":
                yield path, {k.strip() for k, v in row.items() if v and v.strip() == "1"}, []
            else:
                left, top, right, bottom = (int(float(row[k])) for k in ("xmin", "ymin", "xmax", "ymax"))
                yield path, {row["class"].strip()}, [(top, left, bottom, right, row["class"].strip())]
