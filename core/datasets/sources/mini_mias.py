"""mini-MIAS: mdb001.pgm to mdb322.pgm and Info.txt (Suckling et al. 1994)."""

import re
from pathlib import Path

from core.datasets.manifest import Item, Manifest
from core.datasets.sources.truth import label_of, patient_of
from core.errors import DataError
from core.labels import TRIAGE, LabelSpace

TERMS = "mini-MIAS: research purposes only; cite J. Suckling et al. 1994, Excerpta Medica ICS 1069, 375–378."
PAIRS = "Films are grouped in pairs of one patient."


def _here(folder: Path) -> Path:
    return folder / "all-mias" if (folder / "all-mias").is_dir() else folder


def recognises(folder: Path) -> bool:
    """True for Info.txt, in the folder or in all-mias/ below it. The variant with a CSV of labels is read by `tables`."""
    return (_here(folder) / "Info.txt").is_file()


def read(folder: Path, space: LabelSpace | None = None) -> Manifest:
    """The films as downloaded.

    Films (1, 2), (3, 4), … are the two breasts of one patient. A film with several rows is malignant if any
    row is. Circles count y from the bottom; rows without coordinates give no region. The sides in Info.txt
    contradict the film markers, so none is given.
    """
    space = space or TRIAGE
    here = _here(folder)
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
        severity = "malignant" if "M" in severities else "benign" if "B" in severities else "normal"
        tissue = found[0][1]
        label = label_of(space, severity, tissue)
        if label is None:
            continue
        rois = tuple(_circle(r) for r in found if len(r) >= 7 and all(x.isdigit() for x in r[4:7]))
        name = path.relative_to(folder).as_posix()
        items.append(
            Item(
                name,
                label,
                patient_of(film) or film,
                "mini-MIAS",
                view="MLO",
                density=tissue,
                rois=rois,
                note=" ".join(r[2] for r in found),
            )
        )
    traps = (PAIRS, "Malignant where any row of a film is.", "No side is shown: Info.txt and film markers disagree.")
    return Manifest(folder, space, tuple(items), terms=TERMS, traps=traps)


def _circle(row: list[str], side: int = 1024) -> tuple[int, int, int, int, str]:
    x, y, r = (int(v) for v in row[4:7])
    y = side - 1 - y  # Info.txt counts from the bottom
    return max(0, y - r), max(0, x - r), min(side, y + r + 1), min(side, x + r + 1), row[2]
