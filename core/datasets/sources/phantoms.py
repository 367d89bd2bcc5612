"""Phantoms: a folder written by `core.datasets.phantom.make`."""

import csv
import json
from pathlib import Path

from core.datasets.manifest import Item, Manifest
from core.datasets.sources.truth import label_of, left_out
from core.labels import TRIAGE, LabelSpace


def recognises(folder: Path) -> bool:
    """True for a folder with phantoms.csv."""
    return (folder / "phantoms.csv").is_file()


def read(folder: Path, space: LabelSpace | None = None) -> Manifest:
    """All views; those without a label in `space` are left out, such as normal ones in density × benign/malignant."""
    space, items, named = space or TRIAGE, [], []
    with open(folder / "phantoms.csv", newline="", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            named.append(row["calcifications"].split())
            label = label_of(space, row["label"], row["density"], named[-1])
            if label is None:
                continue
            rois = tuple((*x["box"], x["kind"]) for x in json.loads(row["lesions"]))
            items.append(
                Item(
                    *(row["path"], label, row["exam"], "phantom"),
                    view=row["view"],
                    laterality=row["laterality"],
                    density=row["density"],
                    rois=rois,
                    note=row.get("description", ""),
                    case=row["case"],
                    sha256=row["sha256"],
                )
            )
    terms = "Synthetic images made by Second Reader; CC0."
    return Manifest(folder, space, tuple(items), terms=terms, synthetic=True, traps=left_out(space, named))
