"""Roboflow's CSV exports: `_classes.csv` (one column of 0 and 1 a class) or `_annotations.csv` (one row a box) next to the images."""

from collections.abc import Iterator
from pathlib import Path

from core.csv_table import number, read_rows
from core.datasets.manifest import NO_PATIENTS, Item, Manifest, Region
from core.datasets.sources.class_folders import ROBOFLOW_TERMS, guess_space
from core.datasets.sources.truth import alone, patient_of, unnamed_patients
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
    found: dict[Path, tuple[set[str], list[Region]]] = {}
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
        items.append(Item(name, " ".join(classes), patient_of(path.name) or alone(name), "Roboflow export", rois=tuple(boxes)))
    patients = [patient_of(i.path) for i in items]
    nameless = unnamed_patients(patients) if any(patients) else (NO_PATIENTS,)
    traps = ("Grouped by the part of the file name before the first _; the export's split folders are not used.", *nameless)
    return Manifest(folder, space, tuple(items), terms=ROBOFLOW_TERMS, traps=traps)


def _rows(table: Path) -> Iterator[tuple[Path, set[str], list[Region]]]:
    """Yield (image, class names, boxes as Item.rois) for each row."""
    for row in read_rows(table):
        try:
            path = table.parent / row.pop("filename")
            if table.name == "_classes.csv":
                yield path, {k for k, v in row.items() if v == "1"}, []
            else:
                left, top, right, bottom = (int(number(row[k])) for k in ("xmin", "ymin", "xmax", "ymax"))
                yield path, {row["class"]}, [(top, left, bottom, right, row["class"])]
        except KeyError as e:
            raise DataError(f"{table.name} has no column {e.args[0]!r}.", "Export the data set again, as CSV.") from e
        except ValueError as e:
            raise DataError(
                f"{table.name} has a box of {path.name} that is not four numbers.", "Correct the table, or export again."
            ) from e
