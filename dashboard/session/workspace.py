"""What a reader recorded in one browser: assessments, marks, notes. A refresh starts a new session, which finds it here again.

In memory only, under keys that identify nobody, for `HOURS`; no pixels.
"""

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from core.exams.assessment import Assessment

if TYPE_CHECKING:
    from core.exams.reader_study import StudyCase  # it brings scipy, and the first page is up without it

MAX_BROWSERS = 256
HOURS = 12
SHORT = 4  # digits of an exam's id that serve as its name


class Draft(TypedDict, total=False):
    """Fields of an assessment that is not recorded yet."""

    category: int | None
    density: str | None
    note: str


@dataclass
class Workspace:
    """Dictionaries by the exam's key; `scans` and `marks` by the scan's.

    Attributes
    ----------
    assessments : dict of str to tuple of Assessment
    drafts : dict of str to Draft
        Of assessments that are not recorded yet.
    scans : dict of str to str
        The exam of each scan that was viewed: a deleted exam is found by its scans.
    marks : dict of str to tuple
        Ellipses on a view, each (x, y, width, height) in pixels as in `core.exams.assessment.Finding`.
    statements, notes : dict of str to dict, and to str
        The structured report by section, and the note.
    ids : dict of str to str
        A random id of each exam: its short name, and its place in the address.
    names : dict of str to str
        The user's own names of exams.
    last_view : dict of str to str
        The view at which each exam was left.
    first_viewed : dict of str to datetime
        When an exam was first looked at.
    samples : int
        How many sample exams were opened.
    finished : dict of str to StudyCase
        Exams of the reading test that were read and closed.
    """

    assessments: dict[str, tuple[Assessment, ...]] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    scans: dict[str, str] = field(default_factory=dict)
    marks: dict[str, tuple[tuple[float, float, float, float], ...]] = field(default_factory=dict)
    statements: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    last_view: dict[str, str] = field(default_factory=dict)
    first_viewed: dict[str, datetime] = field(default_factory=dict)
    finished: "dict[str, StudyCase]" = field(default_factory=dict)
    samples: int = 0

    def id_of(self, exam: str) -> str:
        """The random id of an exam, 16 hex digits, of which the first four differ from those of the others here."""
        while exam not in self.ids:
            found = secrets.token_hex(8)
            if not any(found[:SHORT] == other[:SHORT] for other in self.ids.values()):
                self.ids[exam] = found
        return self.ids[exam]

    def name_of(self, exam: str) -> str:
        """The user's own name of an exam, else the first digits of its id."""
        return self.names.get(exam) or self.id_of(exam)[:SHORT]

    def written(self) -> set[str]:
        """Exams about which something was recorded or written."""
        return {*self.assessments, *self.drafts, *self.statements, *self.notes}

    def forget(self, exam: str, scans: tuple[str, ...] = ()) -> None:
        """Drop what was recorded and written about an exam and marked on these scans."""
        self.assessments.pop(exam, None)
        self.drafts.pop(exam, None)
        self.statements.pop(exam, None)
        self.notes.pop(exam, None)
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
        if note := self.notes.pop(exam, None):
            self.notes.setdefault(to, note)
        self.scans = {scan: to if of == exam else of for scan, of in self.scans.items()}

    def clear(self) -> None:
        """Drop everything."""
        vars(self).update(vars(Workspace()))


_workspaces: OrderedDict[str, tuple[float, Workspace]] = OrderedDict()  # by browser, with the time of the last use; longest unused first
_lock = threading.Lock()


def of(browser: str | None) -> Workspace:
    """The workspace of a browser; an empty one of its own for a session whose browser is not known."""
    if browser is None:
        return Workspace()
    now = time.monotonic()
    with _lock:
        for name in [n for n, (used, _) in _workspaces.items() if now - used > HOURS * 3600]:
            del _workspaces[name]
        found = _workspaces.pop(browser, (now, Workspace()))[1]
        _workspaces[browser] = (now, found)
        while len(_workspaces) > MAX_BROWSERS:
            _workspaces.popitem(last=False)
    return found
