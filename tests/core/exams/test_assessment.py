"""An impression is one of the known categories, says when it was recorded, and cannot be altered."""

from dataclasses import FrozenInstanceError
from datetime import datetime

import pytest

from core.exams.assessment import Assessment, Finding, read_state

AT = datetime(2026, 1, 2, 13, 14, 15)


def test_in_words():
    assert Assessment(4, "c", "Upper outer.", AT, False).sentence == "13:14:15, before the score: category 4, density c. Upper outer."
    assert Assessment(2, None, "", AT, True).sentence == "13:14:15, after the score: category 2"
    assert "skipped" in Assessment(None, None, "", AT, False).sentence


def test_only_known_values_and_no_changes():
    with pytest.raises(ValueError, match="no BI-RADS category"):
        Assessment(7, None, "", AT, False)
    with pytest.raises(ValueError, match="no density"):
        Assessment(1, "e", "", AT, False)
    with pytest.raises(FrozenInstanceError):
        Assessment(1, "a", "", AT, False).category = 2


def test_findings_say_where_and_how_large():
    marked = Finding("ab", "R MLO", 100, 50, 40, 20, (12.4, 6.2))
    assert marked.sentence == "R MLO, 12 × 6 mm (est.)"
    assert Finding("ab", "L CC", 1, 1, 40, 20).sentence == "L CC, 40 × 20 pixels"
    said = Assessment(4, "c", "Upper outer.", AT, False, (marked,)).sentence
    assert said == "13:14:15, before the score: category 4, density c; marked: R MLO, 12 × 6 mm (est.). Upper outer."


def test_a_finding_holds_what_lies_in_its_ellipse():
    marked = Finding("ab", "R MLO", 100, 50, 40, 20)
    assert marked.holds(100, 50)
    assert marked.holds(119, 50)
    assert marked.holds(100, 59)
    assert not marked.holds(119, 59)  # in the box, but not in the ellipse
    assert not Finding("ab", "R MLO", 100, 50, 0, 20).holds(100, 50)


@pytest.mark.parametrize("bad", [(float("nan"), 1, 2, 3), (1, 1, -2, 3), (1, 1, 2, float("inf"))])
def test_a_finding_has_a_place(bad):
    with pytest.raises(ValueError, match="finite place"):
        Finding("ab", "R MLO", *bad)


def test_states_of_reading():
    skip, first, later = (Assessment(c, None, "", AT, after) for c, after in ((None, False), (2, False), (4, True)))
    assert read_state([]) == "unread"
    assert read_state([], assessable=False) == "not assessable"
    assert read_state([skip]) == "skipped"
    assert read_state([first]) == "read"
    assert read_state([first, later]) == read_state([skip, later]) == "amended"
