"""Which views are one exam where their tags do not decide it: by an offer that the user accepts, or as the user says. Always undone."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace

from core.exams.grouping import Proposal, is_plain
from core.scans.scan import Laterality
from core.scans.views import View
from dashboard.cache import pixels
from dashboard.images.render import thumbnail
from dashboard.session import worklist
from dashboard.session.worklist import Case

STATED = "Side and view set by the user:"  # begins the assumption that says so


def offers() -> list[Proposal]:
    """Offers whose views are all open and still alone."""
    alone = {e.views[0].key for e in worklist.exams_as_added() if len(e.views) == 1}
    workspace = worklist.workspace()
    workspace.offers = [o for o in workspace.offers if o.places.keys() <= alone]
    return workspace.offers


def accept(proposals: Iterable[Proposal]) -> None:
    """Make an exam of each proposal, with the sides and views that it gives."""
    for proposal in list(proposals):
        views = [worklist.session().cases[k] for k in proposal.places if k in worklist.session().cases]
        for case in views:
            side, view = proposal.places[case.key]
            if (side, view) != (case.scan.laterality, case.scan.view):
                _replace(case, side, view, case.group)
        group([c.key for c in views])


def decline(proposals: Iterable[Proposal]) -> None:
    """Keep the views separate, and offer no more."""
    gone = list(proposals)
    worklist.workspace().offers = [o for o in worklist.workspace().offers if o not in gone]


def group(keys: Iterable[str]) -> None:
    """Make one exam of these views. Records of a view that was read alone stay with the view, and come back when it leaves."""
    key = f"group {secrets.token_hex(8)}"
    found = [worklist.session().cases[k] for k in keys]
    for case in found:
        _move(case, key)
    if worklist.selected() is not None and found:
        worklist.open_case(worklist.session().selected or found[0].key)


def conflict(case: Case, exam: str, place: tuple[Laterality | None, View | None] | None = None) -> Case | None:
    """The plain view of an exam that has the side and view of `case` (or `place`) already; None where there is none."""
    wanted = place or (case.scan.laterality, case.scan.view)
    if None in wanted or not is_plain(case.scan):
        return None
    others = (c for c in worklist.cases() if c.exam == exam and c.key != case.key and is_plain(c.scan))
    return next((c for c in others if (c.scan.laterality, c.scan.view) == wanted), None)


def join(key: str, exam: str) -> None:
    """Put a view into another exam. A plain view of the same side and view there becomes an exam of its own (see `conflict`)."""
    case = worklist.session().cases[key]
    if other := conflict(case, exam):
        leave(other.key)
    members = [c for c in worklist.cases() if c.exam == exam]
    to = exam if all(c.group == exam for c in members) else f"group {secrets.token_hex(8)}"
    for member in members:
        _move(member, to)
    if to != exam:
        worklist.workspace().move(exam, to)
    _move(worklist.session().cases[key], to)
    worklist.open_case(key)


def leave(key: str) -> None:
    """Take a view out of its exam: back to the exam that its tags name, or, where that is the one it leaves, to one of its own."""
    case = worklist.session().cases[key]
    alone = f"group {secrets.token_hex(8)}"
    by_tags = replace(case, group=None)
    _move(case, None if by_tags.exam != case.exam else alone)
    worklist.open_case(key)


def set_view(key: str, laterality: Laterality, view: View) -> None:
    """Set side and view of a view; another plain view of its exam with the same ones becomes an exam of its own."""
    case = worklist.session().cases[key]
    if other := conflict(case, case.exam, (laterality, view)):
        leave(other.key)
    _replace(case, laterality, view, case.group)
    worklist.open_case(key)


def _replace(case: Case, side: Laterality | None, view: View | None, to: str | None) -> None:
    label = " ".join(x for x in (side, view) if x)
    assumptions = [a for a in case.scan.assumptions if not a.startswith(STATED)]
    scan = replace(case.scan, laterality=side, view=view, assumptions=(*assumptions, f"{STATED} {label}."))
    pixels.withdraw(case.key, worklist.workspace().browser)  # it may hang otherwise now, with other pixels behind its addresses
    worklist.session().cases[case.key] = replace(case, scan=scan, group=to, thumbnail=thumbnail(scan))


def _move(case: Case, to: str | None) -> None:
    now = worklist.session().cases[case.key]
    worklist.session().cases[case.key] = moved = replace(now, group=to)
    worklist.workspace().scans[case.key] = moved.exam
