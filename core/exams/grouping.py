"""Which files of one upload look like one exam although their tags do not say so. Offered to the user, never done alone. No torch."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.scans import Scan
from core.scans.file_names import NamedView, named_view
from core.scans.scan import Laterality
from core.scans.views import View

MAX_VIEWS = 8  # of an exam that is offered: more are rather a folder of several patients
Place = tuple[Laterality | None, View | None]


@dataclass(frozen=True)
class Proposal:
    """Files that look like one exam.

    Attributes
    ----------
    places : dict of str to tuple
        By the sha256 of each scan its side and view, by tags or else by name; None where neither says.
    reason : str
        What they have in common, e.g. "Patient ID" or "INbreast file names".
    """

    places: dict[str, Place]
    reason: str


def propose(files: Sequence[tuple[str, Scan]]) -> list[Proposal]:
    """Exams among files of one upload, given as (name with folders, scan) without those that share a study with another.

    Files belong together by Patient ID and day, else by the names of a known set, else by names that differ in side and view alone.
    Not offered: a single view, more than `MAX_VIEWS`, two plain views of one side and view, tags of two patients or of two days.
    """
    groups: dict[tuple[str, ...], list[tuple[Scan, NamedView | None]]] = {}
    for path, scan in files:
        named = named_view(path)
        if scan.patient_key is not None:
            key: tuple[str, ...] = ("Patient ID", scan.patient_key, str(scan.shifted_day))
        elif named is not None:
            key = (f"{named.source} file names" if named.source else "file names", named.source, named.patient)
        else:
            continue
        groups.setdefault(key, []).append((scan, named))
    found = [Proposal({scan.sha256: place_of(scan, named) for scan, named in views}, key[0]) for key, views in groups.items()]
    scans = {scan.sha256: scan for _, scan in files}
    return [p for p in found if 2 <= len(p.places) <= MAX_VIEWS and not _repeats(p, scans)]


def place_of(scan: Scan, named: NamedView | None) -> Place:
    """Side and view by tags, where they are silent by name."""
    return scan.laterality or (named.laterality if named else None), scan.view or (named.view if named else None)


def is_plain(scan: Scan) -> bool:
    """Whether a scan is a view for presentation without modifiers: of one side and view an exam has one."""
    return not scan.modifiers and scan.intent != "processing"


def _repeats(proposal: Proposal, scans: dict[str, Scan]) -> bool:
    known = [place for key, place in proposal.places.items() if None not in place and is_plain(scans[key])]
    return len(set(known)) < len(known)
