"""INbreast: AllDICOMs (or PNG copies), INbreast.csv or .xls, AllXML with outlines (Moreira et al. 2012, Acad Radiol 19(2))."""

import plistlib
from pathlib import Path
from xml.parsers.expat import ExpatError

from core.csv_table import read_rows
from core.datasets.manifest import NO_PATIENTS, Item, Manifest
from core.datasets.sources.truth import IMAGES, label_of, patient_of
from core.errors import DataError
from core.labels import TRIAGE, LabelSpace

TABLES = ("INbreast.csv", "INbreast.xls")
NOTES = "findings notes (in portuguese)"


def _table(folder: Path) -> Path | None:
    return next((folder / t for t in TABLES if (folder / t).is_file()), None)


def recognises(folder: Path) -> bool:
    """True for INbreast.csv or INbreast.xls."""
    return _table(folder) is not None


def read(folder: Path, space: LabelSpace | None = None) -> Manifest:
    """The images that the table names; the number before the first `_` of a file name finds its row.

    There is no pathology: BI-RADS 1 is taken for normal, 2 and 3 for benign, 4 to 6 for malignant, and the
    manifest says so.

    Raises
    ------
    DataError
        If no image is there, or only the .xls is there and the package python-calamine is not.
    """
    space, table = space or TRIAGE, _table(folder)
    assert table is not None, "`recognises` found it"
    rows = {r["file name"].split(".")[0]: r for r in _rows(table)}
    files = {p.name.split("_")[0].split(".")[0]: p for p in sorted(folder.rglob("*")) if p.suffix.lower() in IMAGES - {""} and p.is_file()}
    outlines = {p.stem: p for p in folder.rglob("*.xml")}
    if not set(files) & set(rows):
        raise DataError(f"INbreast's table is there, but none of its {len(rows)} images.", "Unpack AllDICOMs next to the table.")
    items = []
    for number in sorted(set(files) & set(rows)):
        row, path = rows[number], files[number]
        density = row.get("acr", "").strip()[:1]
        label = label_of(space, _severity(row["bi-rads"]), density)
        if label is None:
            continue
        items.append(
            Item(
                *(path.relative_to(folder).as_posix(), label, patient_of(path.name) or number, "INbreast"),
                view=row.get("view") or None,
                laterality=row.get("laterality") or None,
                density=density or None,
                rois=_outlines(outlines[number]) if number in outlines else (),
                note=row.get(NOTES, ""),
            )
        )
    missing = len(set(rows) - set(files))
    nameless = not any(patient_of(files[n].name) for n in set(files) & set(rows))
    traps = (
        "No pathology: BI-RADS 4 and above counts as malignant.",
        *((f"{missing} images of the table are not in the folder.",) if missing else ()),
        *((NO_PATIENTS,) if nameless else ()),
    )
    terms = "INbreast: research use on request; cite I. C. Moreira et al. 2012, Academic Radiology 19(2), 236–248."
    return Manifest(folder, space, tuple(items), terms=terms, traps=traps)


def _severity(birads: str) -> str | None:
    category = birads.strip()[:1]
    return {"1": "normal", "2": "benign", "3": "benign", "4": "malignant", "5": "malignant", "6": "malignant"}.get(category)


def _rows(table: Path) -> list[dict[str, str]]:
    if table.suffix == ".xls":
        import pandas as pd

        try:
            frame = pd.read_excel(table, dtype=str, engine="calamine").fillna("")
        except ImportError as e:
            raise DataError(
                "Reading INbreast.xls needs the package python-calamine.", "Install it, or save the table as INbreast.csv."
            ) from e
        rows = [{str(k): v for k, v in r.items()} for r in frame.to_dict("records")]
    else:
        rows = read_rows(table)
    cleaned = [{str(k).strip().lower(): str(v or "").strip() for k, v in r.items()} for r in rows]
    return [r for r in cleaned if r.get("file name", "").split(".")[0].isdigit()]


def _outlines(path: Path) -> tuple[tuple[int, int, int, int, str], ...]:
    """Boxes round the regions of an OsiriX property list; a broken file gives none."""
    try:
        regions = plistlib.loads(path.read_bytes())["Images"][0]["ROIs"]
        boxes = []
        for region in regions:
            points = [[float(v) for v in text.strip("() ").split(",")] for text in region["Point_px"]]
            if points:
                x, y = zip(*points, strict=True)
                boxes.append((int(min(y)), int(min(x)), int(max(y)) + 1, int(max(x)) + 1, str(region.get("Name", ""))))
        return tuple(boxes)
    except (ExpatError, plistlib.InvalidFileException, KeyError, IndexError, ValueError):
        return ()
