"""One folder a class, with or without train/valid/test above, such as the Roboflow tumour set and the eight density folders."""

import re
from pathlib import Path

from core.datasets.manifest import NO_PATIENTS, Item, Manifest, Split
from core.datasets.sources.truth import alone, images, patient_of, unnamed_patients
from core.errors import DataError
from core.labels import SPACES, TUMOUR, LabelSpace

SPLIT_FOLDERS: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "valid": "validation",
    "val": "validation",
    "validation": "validation",
    "test": "test",
}
ROBOFLOW_TERMS = "Roboflow tumour export; the pixels are those of the RSNA 2022 screening challenge: non-commercial research."
_ROBOFLOW = re.compile(r"^(\d+)_\d+_png\.rf\.[0-9a-f]{32}\.jpg$")


def recognises(folder: Path) -> bool:
    """True where images lie in folders that are no data sets of their own."""
    names = {name for (_, name), d in _class_folders(folder).items() if images(d)}
    return bool(names) and not any(_known_elsewhere(d) for d in _class_folders(folder).values())


def _known_elsewhere(folder: Path) -> bool:
    """True for a folder that is a data set of its own rather than a class."""
    return (folder / "Info.txt").is_file() or any(folder.glob("*.csv"))


def _class_folders(folder: Path) -> dict[tuple[Split | None, str], Path]:
    """(split or None, class) → folder."""
    out: dict[tuple[Split | None, str], Path] = {}
    for first in sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")):
        split = SPLIT_FOLDERS.get(first.name.lower())
        if split:
            out.update({(split, d.name): d for d in sorted(first.iterdir()) if d.is_dir()})
        else:
            out[None, first.name] = first
    return out


def read(folder: Path, space: LabelSpace | None = None) -> Manifest:
    """All images, grouped by the patient in the file name.

    The Roboflow tumour export is such a folder (patient_image_png.rf.hash.jpg); its split folders mix
    the images of one patient, so they are not used.
    """
    found = {key: files for key, d in _class_folders(folder).items() if (files := images(d))}
    names = [p.name for paths in found.values() for p in paths]
    roboflow = bool(names) and sum(bool(_ROBOFLOW.match(n)) for n in names) > 0.9 * len(names)
    space = space or guess_space({c for _, c in found})
    source = "Roboflow tumour set" if roboflow else folder.name
    items = []
    for (split, name), paths in found.items():
        label = space.classes[space.index(name)]
        for p in paths:
            path = p.relative_to(folder).as_posix()
            items.append(Item(path, label, patient_of(p.name) or alone(path), source, split=None if roboflow else split))
    if roboflow:
        facts = (
            "Grouped by the patient number in the file name.",
            "“benign” means that no cancer was found.",
            "About 16 % are negatives; their grey levels are inverted on reading.",
            "Patients with a tumour have one breast in the set, nearly all others both: the number of images reveals the class.",
        )
        return Manifest(folder, space, tuple(items), terms=ROBOFLOW_TERMS, traps=facts)
    patients = [patient_of(n) for n in names]
    traps = () if all(i.split for i in items) else unnamed_patients(patients) if any(patients) else (NO_PATIENTS,)
    return Manifest(folder, space, tuple(items), terms="Your own data.", traps=traps)


def guess_space(names: set[str]) -> LabelSpace:
    """The smallest label space that has exactly these classes, or else one that has these and others.

    Raises
    ------
    DataError
        If none has all of them; the known ones are listed.
    """
    partly = None
    for space in (TUMOUR, *sorted(SPACES.values(), key=lambda s: len(s.classes))):
        try:
            found = {space.index(n) for n in names}
        except DataError:
            continue
        if found == set(range(len(space.classes))):
            return space
        partly = partly or space
    if partly:
        return partly
    known = "; ".join(f"{s.name}: {', '.join(s.classes)}" for s in SPACES.values())
    raise DataError(f"The class folders {', '.join(sorted(names))} fit no label space.", f"Rename them. Known: {known}.")
