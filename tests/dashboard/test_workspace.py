"""What a reader did in one browser outlives the session, and nothing of it reaches another browser."""

from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest

from core.exams.assessment import Assessment, Finding
from core.scans import Quality, Scan
from core.scans.windows import Window
from dashboard.cache import pixels
from dashboard.images.outline import Outline
from dashboard.phrases import session as session_text
from dashboard.session import records, worklist, workspace
from dashboard.session.reads import _located
from dashboard.session.worklist import Case, Session

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


def opened(browser, name, rows=100):
    """A view of 2 × 100 × `rows` bytes in the workspace of a browser."""
    values = np.ones((rows, 100), np.uint16)
    scan = Scan(values, (Window(1, 2),), False, name, name, "PNG", 8)
    workspace.of(browser).cases[name] = Case(scan, Quality(True), name, b"")
    return scan


def test_open_images_stay_with_their_browser_and_are_overwritten_after_hours(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(workspace.time, "monotonic", lambda: clock[0])
    scan = opened("a", "one")
    assert workspace.of("a").cases["one"].scan is scan
    assert not workspace.of("b").cases
    clock[0] += workspace.HOURS * 3600 - 1
    workspace._expire()
    assert scan.values.all()
    workspace.of("a")  # used again
    clock[0] += workspace.HOURS * 3600 + 1
    workspace._expire()  # by its timer: nobody had to come
    assert not scan.values.any()
    assert not workspace.of("a").cases


def test_pixels_of_all_browsers_stay_below_a_limit_and_records_stay(monkeypatch):
    monkeypatch.setattr(workspace, "MAX_PIXELS", 50_000)
    old, newer = opened("a", "one"), opened("b", "two")
    workspace.of("a").assessments["exam"] = TOLD
    workspace.of("a").marks["one"] = ((1, 2, 3, 4),)
    workspace.of("b")  # used last but one
    last = opened("c", "three")
    workspace.make_room()
    assert [s.values.any() for s in (old, newer, last)] == [False, True, True]
    assert (workspace.of("a").assessments, workspace.of("a").marks) == ({"exam": TOLD}, {"one": ((1, 2, 3, 4),)})
    huge = opened("d", "four", rows=1000)
    workspace.make_room()
    assert huge.values.all()  # never those of whom it was opened for


def test_closing_withdraws_the_addresses_of_every_tab(monkeypatch):
    opened("a", "one")
    tabs = [pixels.Ledger(), pixels.Ledger()]
    addresses = [t.address("a", "one", "mammogram", "", bytes) for t in tabs] + [tabs[0].address("b", "one", "mammogram", "", bytes)]
    workspace.of("a").close("one")
    assert [a.removeprefix("pixels/") in pixels._entries for a in addresses] == [False, False, True]
    for tab in tabs:
        tab.close()


def tab(browser):
    """A tab of a browser; a function makes it the one that runs."""
    return Session(workspace.of(browser))


@pytest.fixture
def run_in(monkeypatch):
    """Makes a tab the one whose script runs."""

    def use(found):
        for module in (worklist, records):
            monkeypatch.setattr(module, "session", lambda: found)
        return found

    return use


def test_two_tabs_do_not_overwrite_one_another_in_silence(run_in):
    first, second = tab("a"), tab("a")
    for one in (first, second):
        run_in(one)
        worklist.catch_up("exam")
    run_in(first)
    records.set_draft("exam", {"category": 2, "density": None, "note": ""})
    records.record("exam", TOLD[0])
    run_in(second)
    records.record("exam", Assessment(1, None, "", NOW, False))  # not seen: refused
    records.set_draft("exam", {"category": 1, "density": None, "note": ""})
    assert second.message == session_text.CHANGED_ELSEWHERE
    assert (first.workspace.assessments, first.workspace.drafts) == ({"exam": TOLD}, {})
    worklist.catch_up("exam")  # the page is drawn again
    records.record("exam", Assessment(1, None, "", NOW, True))
    assert len(first.workspace.assessments["exam"]) == 2
    run_in(first)
    assert worklist.changed_elsewhere("exam")
    worklist.catch_up("exam")
    assert first.message == session_text.CHANGED_ELSEWHERE
    assert not worklist.changed_elsewhere("other exam")


def test_a_viewer_that_still_holds_old_marks_does_not_bring_them_back(run_in):
    opened("a", "one")
    first, second = tab("a"), tab("a")
    case = first.cases["one"]
    old, new = ((1.0, 1.0, 5.0, 5.0),), ((2.0, 2.0, 6.0, 6.0),)
    run_in(first)
    records.set_marks(case, old)
    run_in(second)
    worklist.catch_up(case.exam)
    records.set_marks(case, new)
    run_in(first)
    records.set_marks(case, old)  # sent along with a step
    assert records.marks(case) == new
    records.set_marks(case, ())
    assert records.marks(case) == new
    assert first.message == session_text.CHANGED_ELSEWHERE


def test_names_and_ids_of_exams():
    mine = workspace.Workspace()
    found = mine.id_of("exam")
    assert (len(found), mine.id_of("exam"), mine.exam_of(found), mine.exam_of("else")) == (16, found, "exam", None)
    assert mine.name_of("exam") == found[:4]
    mine.names["exam"] = "third"
    assert mine.name_of("exam") == "third"
    mine.move("exam", "group")
    assert (mine.name_of("group"), mine.exam_of(found)) == ("third", "group")
    mine.forget("group")
    assert mine.exam_of(found) is None
