"""What a reader did in one browser: impressions, marks, notes. A refresh starts a new session, which finds it here again.

In memory only, by keys that lead back to nobody, and for some hours; pixels are not kept.
"""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from core.exams.assessment import Assessment

if TYPE_CHECKING:
    from core.exams.reader_study import StudyCase  # it brings scipy, and the first page is up without it

MAX_BROWSERS = 256
HOURS = 12


@dataclass
class Workspace:
    """Dictionaries by the exam's key; `scans` and `marks` by the scan's.

    Attributes
    ----------
    impressions : dict of str to tuple of Assessment
    drafts : dict of str to dict
        What stands in the form of an impression that is not recorded yet: "category", "density", "note".
    scans : dict of str to str
        To which exam a scan that was looked at belongs: what is deleted from the disk is known by its scans.
    marks : dict of str to tuple
        Ellipses on a view, each (x, y, width, height) in pixels as in `core.exams.assessment.Finding`.
    statements, notes : dict of str to dict, and to str
        The structured report by section, and the note.
    shown : dict of str to datetime
        When an exam was first looked at.
    samples : int
        How many sample exams were opened.
    done : dict of str to StudyCase
        Exams of the reading test that were finished and closed.
    """

    assessments: dict[str, tuple[Assessment, ...]] = field(default_factory=dict)
    drafts: dict[str, dict] = field(default_factory=dict)
    scans: dict[str, str] = field(default_factory=dict)
    marks: dict[str, tuple[tuple[float, float, float, float], ...]] = field(default_factory=dict)
    statements: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    shown: dict[str, datetime] = field(default_factory=dict)
    done: "dict[str, StudyCase]" = field(default_factory=dict)
    samples: int = 0

    def written(self) -> set[str]:
        """Exams about which something was recorded or written."""
        return {*self.assessments, *self.drafts, *self.statements, *self.notes}

    def forget(self, exam: str, scans: tuple[str, ...] = ()) -> None:
        """Drop what was recorded and written about an exam and marked on these scans."""
        for kept in (self.assessments, self.drafts, self.statements, self.notes):
            kept.pop(exam, None)
        for key in scans:
            self.marks.pop(key, None)

    def move(self, exam: str, to: str) -> None:
        """An exam has got another key; what was written under the new one before stays."""
        if told := self.assessments.pop(exam, ()):
            self.assessments[to] = (*self.assessments.get(to, ()), *told)
        for kept in (self.drafts, self.statements, self.notes):
            if exam in kept:
                kept.setdefault(to, kept.pop(exam))
        self.scans = {scan: to if of == exam else of for scan, of in self.scans.items()}

    def clear(self) -> None:
        """Drop everything."""
        for kept in (self.assessments, self.drafts, self.scans, self.marks, self.statements, self.notes, self.shown, self.done):
            kept.clear()
        self.samples = 0


_desks: OrderedDict[str, tuple[float, Workspace]] = OrderedDict()  # by browser, with the time of the last use; longest unused first
_lock = threading.Lock()


def of(browser: str | None) -> Workspace:
    """The desk of a browser; an empty one of its own for a session whose browser is not known."""
    if browser is None:
        return Workspace()
    now = time.monotonic()
    with _lock:
        for name in [n for n, (used, _) in _desks.items() if now - used > HOURS * 3600]:
            del _desks[name]
        desk = _desks.pop(browser, (now, Workspace()))[1]
        _desks[browser] = (now, desk)
        while len(_desks) > MAX_BROWSERS:
            _desks.popitem(last=False)
    return desk
