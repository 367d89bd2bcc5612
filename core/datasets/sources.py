"""The layouts that users download, each turned into a Manifest. One table says how a folder is recognised. No torch."""

import csv
import json
import re
from pathlib import Path

from core.datasets.manifest import NO_PATIENTS, Item, Manifest
from core.errors import DataError
from core.labels import SPACES, TRIAGE, TUMOUR, LabelSpace

IMAGES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".pgm", ".dcm", ""}
SPLIT_FOLDERS = {
    "train": "train",
    "training": "train",
    "valid": "validation",
    "val": "validation",
    "validation": "validation",
    "test": "test",
}
_ROBOFLOW = re.compile(r"^(\d+)_\d+_png\.rf\.[0-9a-f]{32}\.jpg$")


def open_folder(folder: Path, space: LabelSpace | None = None) -> Manifest:
    """Recognise the layout of a folder and list its pictures. `space` replaces the source's own label space.

    Raises
    ------
    DataError
        If the folder does not exist, holds no known layout, or a label is not in the space.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}.", "Correct the path after --data.")
    for recognised, adapter in ((_is_phantoms, phantoms), (_is_mias, mini_mias), (_is_classes, classes)):
        if recognised(folder):
            manifest = adapter(folder, space)
            if not manifest.items:
                raise DataError(f"The folder {folder} holds no pictures.", "Check that the download is complete.")
            return manifest
    raise DataError(
        f"The layout of {folder} is not known.",
        "Expected: phantoms.csv; Info.txt with mdb*.pgm; or one folder a class, with or without train/valid/test.",
    )


def _is_phantoms(folder: Path) -> bool:
    return (folder / "phantoms.csv").is_file()


def phantoms(folder: Path, space: LabelSpace | None = None) -> Manifest:
    """A folder written by `core.datasets.phantom.make`."""
    space = space or TRIAGE
    column = {"triage": "label", "density8": "density8", "calcification": "calcifications"}.get(space.name)
    items = []
    with open(folder / "phantoms.csv", newline="") as f:
        for row in csv.DictReader(f):
            label = row[column] if column else _phantom_label(row, space)
            if not label and space.kind == "multiclass":
                continue  # a normal view has no class among density × benign/malignant
            rois = tuple((*x["box"], x["kind"]) for x in json.loads(row["lesions"]))
            items.append(
                Item(
                    *(row["path"], label, row["exam"], "phantom"),
                    view=row["view"],
                    laterality=row["laterality"],
                    density=row["density"],
                    rois=rois,
                    case=row["case"],
                    sha256=row["sha256"],
                )
            )
    return Manifest(folder, space, tuple(items), terms="Synthetic pictures made by Second Reader; CC0.", synthetic=True)


def _phantom_label(row: dict[str, str], space: LabelSpace) -> str:
    if space.name == "tissue":
        return space.classes[min(int(row["density"]), 3) - 1]
    return "tumour" if row["label"] == "malignant" else "no tumour"


def _mias_folder(folder: Path) -> Path:
    return folder / "all-mias" if (folder / "all-mias").is_dir() else folder


def _is_mias(folder: Path) -> bool:
    return (_mias_folder(folder) / "Info.txt").is_file()


def mini_mias(folder: Path, space: LabelSpace | None = None) -> Manifest:
    """The mini-MIAS database as downloaded: mdb001.pgm to mdb322.pgm and Info.txt.

    Films (1, 2), (3, 4), … are the two breasts of one woman. A film with several rows is malignant if any
    row is. Circles count y from the bottom; rows without coordinates give no region. The sides in Info.txt
    contradict the film markers, so none is given.
    """
    space = space or TRIAGE
    here = _mias_folder(folder)
    rows: dict[str, list[list[str]]] = {}
    for line in (here / "Info.txt").read_text("latin-1").splitlines():
        fields = line.split()
        if fields and re.fullmatch(r"mdb\d{3}", fields[0]) and len(fields) >= 3:
            rows.setdefault(fields[0], []).append(fields)
    items = []
    for film, found in sorted(rows.items()):
        path = here / f"{film}.pgm"
        if not path.is_file():
            raise DataError(f"Info.txt names {film}, but {film}.pgm is missing.", "Download mini-MIAS again.")
        severities = {r[3] for r in found if len(r) > 3}
        label = "malignant" if "M" in severities else "benign" if "B" in severities else "normal"
        if space.name == "tumour":
            label = "tumour" if label == "malignant" else "no tumour"
        elif space.name == "tissue":
            label = space.classes[space.index(found[0][1])]
        rois = tuple(_circle(r) for r in found if len(r) >= 7 and all(x.isdigit() for x in r[4:7]))
        pair = (int(film[3:]) + 1) // 2
        items.append(
            Item(path.relative_to(folder).as_posix(), label, f"pair{pair}", "mini-MIAS", view="MLO", density=found[0][1], rois=rois)
        )
    return Manifest(
        folder,
        space,
        tuple(items),
        terms="mini-MIAS: research purposes only; cite J. Suckling et al. 1994, Excerpta Medica ICS 1069, 375–378.",
        traps=(
            "Films are grouped in pairs of one woman.",
            "Malignant where any row of a film is.",
            "No side is shown: Info.txt and film markers disagree.",
        ),
    )


def _circle(row: list[str], side: int = 1024) -> tuple[int, int, int, int, str]:
    x, y, r = (int(v) for v in row[4:7])
    y = side - 1 - y  # Info.txt counts from the bottom
    return max(0, y - r), max(0, x - r), min(side, y + r + 1), min(side, x + r + 1), row[2]


def _is_classes(folder: Path) -> bool:
    return any(_pictures(d) for d in _class_folders(folder).values())


def _class_folders(folder: Path) -> dict[tuple[str | None, str], Path]:
    """(split or None, class) → folder, for one folder a class with or without split folders above."""
    out: dict[tuple[str | None, str], Path] = {}
    for first in sorted(p for p in folder.iterdir() if p.is_dir()):
        split = SPLIT_FOLDERS.get(first.name.lower())
        if split:
            out.update({(split, d.name): d for d in sorted(first.iterdir()) if d.is_dir()})
        else:
            out[None, first.name] = first
    return out


def _pictures(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.is_file() and p.suffix.lower() in IMAGES and not p.name.startswith("."))


def classes(folder: Path, space: LabelSpace | None = None) -> Manifest:
    """One folder a class. The patient is what stands before the first `_` of a file name.

    The Roboflow tumour export is such a folder (patient_image_png.rf.hash.jpg); its split folders mix
    the images of one woman, so they are not used.
    """
    found = {key: _pictures(d) for key, d in _class_folders(folder).items()}
    names = [p.name for paths in found.values() for p in paths]
    roboflow = bool(names) and sum(bool(_ROBOFLOW.match(n)) for n in names) > 0.9 * len(names)
    space = space or _guess_space({c for _, c in found})
    source = "Roboflow tumour set" if roboflow else folder.name
    items = []
    for (split, name), paths in found.items():
        label = space.classes[space.index(name)]
        for p in paths:
            kept = None if roboflow else split
            items.append(Item(p.relative_to(folder).as_posix(), label, p.name.split("_")[0].split(".")[0], source, split=kept))
    terms = (
        "Roboflow tumour export; the pixels are those of the RSNA 2022 screening challenge: non-commercial research."
        if roboflow
        else "Your own data."
    )
    traps = (
        "Grouped by the patient number in the file name.",
        "“benign” means that no cancer was found.",
        "About 16 % are negatives and are righted.",
    )
    nameless = (NO_PATIENTS,) if not any("_" in n for n in names) and not all(i.split for i in items) else ()
    return Manifest(folder, space, tuple(items), terms=terms, traps=traps if roboflow else nameless)


def _guess_space(names: set[str]) -> LabelSpace:
    """The label space that knows all class folders; the smallest that fits wins."""
    for space in (TUMOUR, *sorted(SPACES.values(), key=lambda s: len(s.classes))):
        try:
            if {space.index(n) for n in names} == set(range(len(space.classes))):
                return space
        except DataError:
            continue
    known = "; ".join(f"{s.name}: {', '.join(s.classes)}" for s in SPACES.values())
    raise DataError(f"The class folders {', '.join(sorted(names))} fit no label space.", f"Rename them. Known: {known}.")
