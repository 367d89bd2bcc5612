"""What a reader did in one browser outlives the session, and nothing of it reaches another browser."""

from datetime import datetime
from types import SimpleNamespace

import pytest

from core.exams.assessment import Assessment, Finding
from dashboard.images.outline import Outline
from dashboard.session import workspace
from dashboard.session.reads import _located

NOW = datetime(2026, 1, 2, 13, 14, 15)
TOLD = (Assessment(4, "c", "", NOW, False),)


@pytest.fixture(autouse=True)
def empty(monkeypatch):
    monkeypatch.setattr(workspace, "_workspaces", type(workspace._workspaces)())


def test_one_browser_finds_its_own_again():
    workspace.of("a").assessments["exam"] = TOLD
    assert workspace.of("a").assessments == {"exam": TOLD}
    assert workspace.of("b").assessments == {}
    workspace.of(None).assessments["exam"] = TOLD
    assert workspace.of(None).assessments == {}  # whoever has no name shares with nobody


def test_hours_later_it_is_gone_and_the_longest_unused_goes_first(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(workspace.time, "monotonic", lambda: clock[0])
    workspace.of("a").notes["exam"] = "x"
    clock[0] = (workspace.HOURS - 1) * 3600
    assert workspace.of("a").notes
    clock[0] += (workspace.HOURS + 1) * 3600
    assert not workspace.of("a").notes  # nobody else had to come in between
    workspace.of("a").notes["exam"] = "x"
    clock[0] += (workspace.HOURS + 1) * 3600
    workspace.of("b")
    assert not workspace.of("a").notes
    workspace.of("b").notes["exam"] = "x"
    for n in range(workspace.MAX_BROWSERS):
        workspace.of(f"other {n}")
    assert len(workspace._workspaces) == workspace.MAX_BROWSERS
    assert not workspace.of("b").notes


def test_a_mark_counts_where_it_holds_the_middle_of_what_is_malignant():
    square = Outline("mass", (10, 10, 30, 10, 30, 30, 10, 30), malignant=True)
    harmless = Outline("popcorn", (50, 50, 60, 50, 60, 60, 50, 60))
    case = SimpleNamespace(key="ab" * 32, truth=(harmless, square))

    def told(x, y, scan="ab" * 8, after=False):
        return (Assessment(4, None, "", NOW, after, (Finding(scan, "R CC", x, y, 12, 12),)),)

    assert _located([case], told(20, 20))
    assert not _located([case], told(55, 55))
    assert not _located([case], told(20, 20, scan="cd" * 8))  # the same place on another view
    assert not _located([case], told(20, 20, after=True))
    assert not _located([case], ())
    assert _located([SimpleNamespace(key="ab" * 32, truth=(harmless,))], told(20, 20)) is None
    assert _located([SimpleNamespace(key="ab" * 32, truth=None)], told(20, 20)) is None


def test_moving_and_forgetting():
    mine = workspace.Workspace()
    mine.assessments.update({"old": TOLD, "new": TOLD})
    mine.drafts["old"] = {"category": 1}
    mine.notes["empty"] = ""
    mine.marks["scan"] = ((1, 2, 3, 4),)
    mine.move("old", "new")
    assert mine.assessments == {"new": TOLD * 2}
    assert mine.drafts == {"new": {"category": 1}}
    mine.scans["scan"] = "old"
    mine.move("old", "new")
    assert mine.scans == {"scan": "new"}
    mine.move("nothing", "new")
    assert mine.written() == {"new", "empty"}
    mine.forget("new", ("scan",))
    assert mine.written() == {"empty"}
    assert not mine.marks
    mine.samples = 3
    mine.clear()
    assert mine == workspace.Workspace()
