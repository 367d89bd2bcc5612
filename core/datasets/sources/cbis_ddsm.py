"""CBIS-DDSM: the four description tables with the DICOM tree of The Cancer Imaging Archive, or with Kaggle's csv/ and jpeg/."""

import os
from math import prod
from pathlib import Path

from core.csv_table import read_rows
from core.datasets.manifest import Item, Manifest
from core.datasets.regions import pixel_size
from core.datasets.sources.truth import label_of, left_out
from core.errors import DataError
from core.labels import CALCIFICATION_GROUPS, TRIAGE, LabelSpace

GLOB = "*_case_description_*_set.csv"
TERMS = "CBIS-DDSM: CC BY 3.0; cite R. S. Lee et al. 2017, Scientific Data 4, 170177, and The Cancer Imaging Archive."
Files = dict[str, list[Path]]


def _tables(folder: Path) -> list[Path]:
    return sorted({*folder.glob(GLOB), *folder.glob(f"csv/{GLOB}")})


def recognises(folder: Path) -> bool:
    """True where a description table lies in the folder or in csv/ below it."""
    return bool(_tables(folder))


def describe(tables: list[Path]) -> list[dict[str, str]]:
    """The rows of the tables, keys in lower case with blanks, values stripped; `official` is train or test.

    Two tables write `breast_density`, two `breast density`; paths hold newlines; absent values are the
    letters N/A, and become empty.
    """
    rows = []
    for table in tables:
        for row in read_rows(table):
            clean = {k.lower().replace("_", " "): "" if v == "N/A" else v for k, v in row.items()}
            rows.append(clean | {"official": "test" if "_test_" in table.name else "train"})
    return rows


def read(folder: Path, space: LabelSpace | None = None) -> Manifest:
    """One item a full mammogram. The official test set stays the test part; its patients are dropped from training.

    An image is malignant if any of its rows is; BENIGN_WITHOUT_CALLBACK is benign. Of the two files of an
    abnormality the larger is the mask: names and paths of crop and mask are swapped in places.

    Raises
    ------
    DataError
        If the tables are there and none of the images.
    """
    space = space or TRIAGE
    by_image: dict[str, list[dict[str, str]]] = {}
    for row in describe(_tables(folder)):
        by_image.setdefault(row["image file path"].split("/")[0], []).append(row)
    info = _info(folder)
    full, parts = _kaggle(folder, info) if info else _tcia(folder)
    if not set(by_image) & set(full):
        raise DataError(
            f"The description tables are there, but none of their {len(by_image)} images.",
            "Download the DICOM tree of CBIS-DDSM, or Kaggle's jpeg/ folder, next to them.",
        )
    held_out = {rows[0]["patient id"] for rows in by_image.values() if rows[0]["official"] == "test"}
    items, named = [], []
    dropped: set[str] = set()
    for name, rows in sorted(by_image.items()):
        first, test = rows[0], rows[0]["official"] == "test"
        if name not in full:
            continue
        if not test and first["patient id"] in held_out:
            dropped.add(first["patient id"])
            continue
        severity = "malignant" if any(r["pathology"] == "MALIGNANT" for r in rows) else "benign"
        named.append(calcifications_of(rows))
        label = label_of(space, severity, first.get("breast density"), named[-1])
        if label is None:
            continue
        masks = [_mask(parts[k]) for r in rows if (k := f"{name}_{r['abnormality id']}") in parts]
        items.append(
            Item(
                *(full[name][0].relative_to(folder).as_posix(), label, first["patient id"], "CBIS-DDSM"),
                split="test" if test else None,
                view=first["image view"],
                laterality=first["left or right breast"][:1],
                density=first.get("breast density") or None,
                masks=tuple(m.relative_to(folder).as_posix() for m in masks),
                note="; ".join(_words(r) for r in rows),
            )
        )
    missing = len(set(by_image) - set(full))
    traps = (
        "Rows of one image are joined; malignant where any of them is.",
        "Benign without callback counts as benign.",
        *((f"{len(dropped)} patients of the official test set were left out of training.",) if dropped else ()),
        *((f"{missing} images of the tables are not in the folder.",) if missing else ()),
        *left_out(space, named),
    )
    return Manifest(folder, space, tuple(items), terms=TERMS, traps=traps)


def calcifications_of(rows: list[dict[str, str]]) -> set[str] | None:
    """The groups of `core.labels.CALCIFICATION_GROUPS` that the rows of an image name; None where they describe no calcification."""
    words = {w for r in rows for w in r.get("calc type", "").split("-") if w}
    return {CALCIFICATION_GROUPS[w] for w in words if w in CALCIFICATION_GROUPS} or None


def _words(row: dict[str, str]) -> str:
    keys = ("abnormality type", "mass shape", "mass margins", "calc type", "calc distribution")
    return " ".join(row[k] for k in keys if row.get(k))


def _info(folder: Path) -> Path | None:
    return next((p for p in (folder / "csv" / "dicom_info.csv", folder / "dicom_info.csv") if p.is_file()), None)


def _kaggle(folder: Path, info: Path) -> tuple[Files, Files]:
    """Case name → full mammograms; abnormality name → crops and masks. By the JPEG's series folder."""
    full: Files = {}
    parts: Files = {}
    for row in read_rows(info):
        where, name = row.get("image_path", ""), row.get("PatientID", "")
        path = folder / "jpeg" / "/".join(where.split("/")[-2:])
        if where and path.is_file():
            whole = row.get("SeriesDescription", "").startswith("full")
            (full if whole or name.endswith(("_CC", "_MLO")) else parts).setdefault(name, []).append(path)
    return full, parts


def _tcia(folder: Path) -> tuple[Files, Files]:
    """The same for the DICOM tree: the folder names of a download differ from those in the tables but for the case's own."""
    full: Files = {}
    parts: Files = {}
    for here, folders, files in os.walk(folder):
        folders.sort()
        case = next((p for p in Path(here).relative_to(folder).parts if p.startswith(("Mass-", "Calc-"))), None)
        for name in sorted(files):
            if case and name.lower().endswith(".dcm"):
                (full if case.endswith(("_CC", "_MLO")) else parts).setdefault(case, []).append(Path(here) / name)
    return full, parts


def _mask(files: list[Path]) -> Path:
    """Of crop and mask the one with more pixels, whatever they are called."""
    return files[0] if len(files) == 1 else max(files, key=lambda p: prod(pixel_size(p)))
