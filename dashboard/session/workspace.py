"""What is open in one browser, and what was recorded and written there. A refresh starts a new session, which finds it here again.

In memory only, under keys that identify nobody, for `HOURS` after the last use; the pixels of all browsers together stay below
`MAX_PIXELS`. Reachable by the browser's own cookie alone.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from core.exams.assessment import Assessment
from dashboard.cache import pixels, predictions
from dashboard.session.incoming import Incoming
from dashboard.session.view_settings import ViewSettings

if TYPE_CHECKING:
    from core.exams.grouping import Proposal
    from core.exams.reader_study import StudyCase  # it brings scipy, and the first page is up without it
    from dashboard.session.worklist import Case

MAX_BROWSERS = 256
HOURS = 12
MAX_PIXELS = 4 * 2**30  # bytes
SHORT = 4  # digits of an exam's id that serve as its name
Ellipses = tuple[tuple[float, float, float, float], ...]


class Draft(TypedDict, total=False):
    """Fields of an assessment that is not recorded yet."""

    category: int | None
    density: str | None
    note: str


class Change(NamedTuple):
    """The last change of what was recorded or written about an exam: how many there were, and the session that made it."""

    number: int
    by: str


@dataclass
class Workspace:
    """Dictionaries by the exam's key; `cases`, `scans` and `marks` by the scan's.

    Attributes
    ----------
    cases : dict of str to Case
        The open views, in the order of arrival.
    offers : list of Proposal
        Views that look like one exam, until the user says whether they are.
    settings : ViewSettings
    assessments : dict of str to tuple of Assessment
    drafts : dict of str to Draft
        Of assessments that are not recorded yet.
    scans : dict of str to str
        The exam of each scan that was viewed: a deleted exam is found by its scans.
    marks : dict of str to tuple
        Ellipses on a view, each (x, y, width, height) in pixels as in `core.exams.assessment.Finding`.
    statements, notes : dict of str to dict, and to str
        The structured report by section, and the note.
    changes : dict of str to Change
        Of assessments, drafts, statements, notes and marks.
    ids : dict of str to str
        A random id of each exam: its short name, and its place in the address.
    names : dict of str to str
        The user's own names of exams.
    last_view : dict of str to str
        The view at which each exam was left.
    last_exam : str
        The exam that was open last.
    first_viewed : dict of str to datetime
        When an exam was first looked at.
    incoming : Incoming
        What is on its way from archives and the inbox.
    samples : int
        How many sample exams were opened.
    finished : dict of str to StudyCase
        Exams of the reading test that were read and closed.
    browser : str
        Name of the browser; "" where it is not known.
    """

    cases: dict[str, Case] = field(default_factory=dict)
    offers: list[Proposal] = field(default_factory=list)
    settings: ViewSettings = field(default_factory=ViewSettings)
    assessments: dict[str, tuple[Assessment, ...]] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    scans: dict[str, str] = field(default_factory=dict)
    marks: dict[str, Ellipses] = field(default_factory=dict)
    statements: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    changes: dict[str, Change] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    last_view: dict[str, str] = field(default_factory=dict)
    last_exam: str = ""
    first_viewed: dict[str, datetime] = field(default_factory=dict)
    finished: dict[str, StudyCase] = field(default_factory=dict)
    incoming: Incoming = field(default_factory=Incoming, compare=False)
    samples: int = 0
    browser: str = ""

    def id_of(self, exam: str) -> str:
        """The random id of an exam, 16 hex digits, of which the first four differ from those of the others here."""
        while exam not in self.ids:
            found = secrets.token_hex(8)
            if not any(found[:SHORT] == other[:SHORT] for other in self.ids.values()):
                self.ids[exam] = found
        return self.ids[exam]

    def exam_of(self, exam_id: str) -> str | None:
        """The exam with a random id; None where there is none."""
        return next((exam for exam, found in self.ids.items() if found == exam_id), None)

    def name_of(self, exam: str) -> str:
        """The user's own name of an exam, else the first digits of its id."""
        return self.names.get(exam) or self.id_of(exam)[:SHORT]

    def change(self, exam: str, by: str) -> int:
        """Count a change of an exam by a session; returns its number."""
        self.changes[exam] = Change(self.changes[exam].number + 1 if exam in self.changes else 1, by)
        return self.changes[exam].number

    @property
    def pixel_bytes(self) -> int:
        """Memory of the open images, and of those on their way."""
        return sum(c.scan.values.nbytes for c in list(self.cases.values())) + self.incoming.bytes_here

    def written(self) -> set[str]:
        """Exams about which something was recorded or written."""
        return {*self.assessments, *self.drafts, *self.statements, *self.notes}

    def close(self, key: str) -> Case | None:
        """Close a view: nothing of it is served any more, and its pixels are overwritten."""
        gone = self.cases.pop(key, None)
        pixels.withdraw(key, self.browser)
        self.marks.pop(key, None)
        if gone:
            predictions.cancel(gone.scan)
            gone.scan.wipe()  # whoever still holds on to it, such as an image that was offered for saving
        return gone

    def close_all(self) -> None:
        """Close all views; what was recorded and written stays, marks included."""
        self.incoming.stop()
        marks = dict(self.marks)
        for key in list(self.cases):
            self.close(key)
        self.marks = marks

    def forget(self, exam: str, scans: tuple[str, ...] = ()) -> None:
        """Drop what was recorded and written about an exam and marked on these scans."""
        for of_exam in (self.assessments, self.drafts, self.statements, self.notes, self.names, self.ids, self.last_view, self.changes):
            of_exam.pop(exam, None)
        for key in scans:
            self.marks.pop(key, None)

    def move(self, exam: str, to: str) -> None:
        """An exam has got another key; what was written under the new one before stays."""
        if moved := self.assessments.pop(exam, ()):
            self.assessments[to] = (*self.assessments.get(to, ()), *moved)
        if draft := self.drafts.pop(exam, None):
            self.drafts.setdefault(to, draft)
        if statement := self.statements.pop(exam, None):
            self.statements.setdefault(to, statement)
        for of_exam in (self.notes, self.names, self.ids, self.last_view):
            if written := of_exam.pop(exam, None):
                of_exam.setdefault(to, written)
        self.scans = {scan: to if of == exam else of for scan, of in self.scans.items()}

    def clear(self) -> None:
        """Drop all that was recorded and written."""
        self.incoming.stop()
        vars(self).update(vars(Workspace(cases=self.cases, settings=self.settings, incoming=self.incoming, browser=self.browser)))


_workspaces: OrderedDict[str, tuple[float, Workspace]] = OrderedDict()  # by browser, with the time of the last use; longest unused first
_lock = threading.RLock()
_timer: threading.Timer | None = None


def of(browser: str | None) -> Workspace:
    """The workspace of a browser; an empty one of its own for a session whose browser is not known."""
    if browser is None:
        return Workspace()
    with _lock:
        _expire()
        now = time.monotonic()
        found = _workspaces.pop(browser, (now, Workspace(browser=browser)))[1]
        _workspaces[browser] = (now, found)
        while len(_workspaces) > MAX_BROWSERS:
            _drop(next(iter(_workspaces)))
    return found


def make_room() -> None:
    """Close the images of the browsers that were unused for longest, until all together stay below `MAX_PIXELS`; never of the last used."""
    with _lock:
        found = [w for _, w in _workspaces.values()]
        for oldest in found[:-1]:
            if sum(w.pixel_bytes for w in found) <= MAX_PIXELS:
                return
            oldest.close_all()


def _drop(browser: str) -> None:
    _workspaces.pop(browser)[1].close_all()


def _expire() -> None:
    """Drop what was not used for `HOURS`, now and whenever the next is due, so that no image waits for somebody to come."""
    global _timer
    with _lock:
        now = time.monotonic()
        for browser in [b for b, (used, _) in _workspaces.items() if now - used > HOURS * 3600]:
            _drop(browser)
        if _timer is None or not _timer.is_alive() or threading.current_thread() is _timer:
            oldest = next((used for used, _ in _workspaces.values()), now)
            _timer = threading.Timer(max(60.0, oldest + HOURS * 3600 - now), _expire)
            _timer.daemon = True
            _timer.start()
