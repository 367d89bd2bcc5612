"""Views join one exam only where their tags, or the user, say so; everything can be changed again."""

from dataclasses import replace
from datetime import datetime

import pytest

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.exams.assessment import Assessment
from core.exams.grouping import Proposal
from core.scans import Quality, read_scan
from dashboard.session import grouping, records, worklist
from dashboard.session.worklist import Case, Session
from dashboard.session.workspace import Workspace


@pytest.fixture
def session(monkeypatch):
    """An empty session without Streamlit."""
    found = Session(Workspace())
    for module in (worklist, records):
        monkeypatch.setattr(module, "session", lambda: found)
    return found


@pytest.fixture(scope="module")
def blank():
    """A scan whose file says nothing of side, view, study and patient."""
    scan = read_scan(dicom_bytes(draw(plan_exam(4, 2), "R", "MLO", "small")), "a.dcm")
    return replace(scan, laterality=None, view=None, study_key=None, patient_key=None, shifted_day=None)


@pytest.fixture
def add(session, blank):
    """Opens views by their names."""

    def opens(*names, **tags):
        for name in names:
            session.cases[name] = Case(replace(blank, sha256=name, **tags), Quality(True), name, b"")

    return opens


def exams():
    """The views of each exam, by name."""
    return [{c.key for c in e.views} for e in worklist.exams_as_added()]


def place(session, name):
    """Side and view of an open image."""
    return session.cases[name].scan.laterality, session.cases[name].scan.view


def test_views_named_by_hand_join_no_exam(session, add):
    """Two patients' images with the four sides and views between them stay two exams."""
    add("anna", "berta")
    grouping.set_view("anna", "R", "MLO")
    grouping.set_view("berta", "L", "MLO")
    assert exams() == [{"anna"}, {"berta"}]
    assert session.cases["anna"].scan.assumptions[-1] == f"{grouping.STATED} R MLO."


def test_side_and_view_are_set_again_and_stated_once(session, add):
    add("a")
    for side, view in (("R", "MLO"), ("L", "CC")):
        grouping.set_view("a", side, view)
    assert place(session, "a") == ("L", "CC")
    assert [a for a in session.cases["a"].scan.assumptions if a.startswith(grouping.STATED)] == [f"{grouping.STATED} L CC."]


def test_a_view_joins_the_exam_that_the_user_chooses_and_leaves_it_again(session, add):
    add("a", "b", "c")
    grouping.join("a", session.cases["b"].exam)
    assert exams() == [{"a", "b"}, {"c"}]
    grouping.join("c", session.cases["a"].exam)
    assert exams() == [{"a", "b", "c"}]
    grouping.leave("b")
    assert exams() == [{"a", "c"}, {"b"}]


def test_a_file_with_a_study_of_its_own_joins_and_goes_back(session, add):
    add("a", study_key="one", patient_key="x")
    add("b", "c", study_key="two", patient_key="y")
    grouping.join("a", session.cases["b"].exam)
    assert exams() == [{"a", "b", "c"}]
    grouping.leave("a")
    assert exams() == [{"a"}, {"b", "c"}]
    assert session.cases["a"].group is None  # its tags decide again
    grouping.leave("c")  # its tags were wrong
    assert exams() == [{"a"}, {"b"}, {"c"}]


def test_a_second_view_of_one_side_and_kind_is_asked_about_and_replaces_on_request(session, add):
    add("old", "new", laterality="R", view="MLO")
    add("other", laterality="L", view="MLO")
    grouping.group(["old", "other"])
    exam = session.cases["old"].exam
    assert grouping.conflict(session.cases["new"], exam).key == "old"
    assert grouping.conflict(session.cases["other"], exam) is None
    grouping.join("new", exam)
    assert exams() == [{"old"}, {"new", "other"}]


def test_setting_a_taken_side_and_view_is_asked_about_too(session, add):
    add("a", laterality="R", view="MLO")
    add("b")
    grouping.group(["a", "b"])
    case = session.cases["b"]
    assert grouping.conflict(case, case.exam, ("R", "MLO")).key == "a"
    assert grouping.conflict(case, case.exam, ("R", "CC")) is None
    grouping.set_view("b", "R", "MLO")
    assert exams() == [{"a"}, {"b"}]


def test_a_raw_twin_or_a_magnification_is_no_second_view(session, add):
    add("a", laterality="R", view="MLO")
    add("raw", laterality="R", view="MLO", intent="processing")
    add("spot", laterality="R", view="MLO", modifiers=("spot compression",))
    exam = session.cases["a"].exam
    assert not any(grouping.conflict(session.cases[k], exam) for k in ("raw", "spot"))


def test_offers_become_exams_or_are_gone(session, add):
    add("a", "b", "c", "d")
    offers = [Proposal({"a": ("R", "CC"), "b": (None, "MLO")}, "x"), Proposal({"c": (None, None), "d": (None, None)}, "y")]
    session.workspace.offers = list(offers)
    grouping.decline(offers[1:])
    assert grouping.offers() == offers[:1]
    grouping.accept(offers[:1])
    assert exams() == [{"a", "b"}, {"c"}, {"d"}]
    assert [place(session, k) for k in "ab"] == [("R", "CC"), (None, "MLO")]
    assert grouping.offers() == []


def test_an_exam_is_not_read_because_one_of_its_views_was_read_alone(session, add):
    add("a", "b")
    read = (Assessment(2, None, "", datetime(2026, 1, 2), False),)
    session.workspace.assessments["a"] = read
    grouping.group(["a", "b"])
    (exam,) = worklist.exams()
    assert exam.state == "unread"
    assert records.unopened() == 0
    grouping.leave("a")
    assert {e.views[0].key: e.state for e in worklist.exams()} == {"a": "read", "b": "unread"}


def test_an_exam_that_gets_another_view_keeps_its_read_and_its_name(session, add):
    add("a", "b", study_key="one")
    add("c")
    session.workspace.assessments["one"] = (Assessment(2, None, "", datetime(2026, 1, 2), False),)
    worklist.rename("one", "third")
    before = session.workspace.id_of("one")
    grouping.join("c", "one")
    (exam,) = worklist.exams()
    assert (exam.state, exam.name, session.workspace.id_of(exam.key)) == ("read", "third", before)
