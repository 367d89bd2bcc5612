"""Views add up to breasts and an exam, however many there are."""

import pytest

from core.exams.exam import exam_score


def test_four_views():
    found = exam_score([("R", "CC", 0.2), ("L", "CC", 0.6), ("R", "MLO", 0.3), ("L", "MLO", 0.5)])
    assert (found.score, found.breasts, found.missing) == (0.6, {"R": 0.3, "L": 0.6}, ())
    assert found.difference == pytest.approx(-0.3)
    assert "largest" in found.sentence


def test_fewer_views_and_unknown_sides_say_what_was_used():
    found = exam_score([("R", "MLO", 0.3), (None, None, 0.7)])
    assert (found.score, found.breasts, found.difference) == (0.7, {"R": 0.3}, None)
    assert found.used == ("R MLO", "view unknown")
    assert found.missing == ("R CC", "L CC", "L MLO")
    assert "Not there: R CC, L CC, L MLO." in found.sentence


def test_no_view_is_no_exam():
    with pytest.raises(ValueError, match="at least one"):
        exam_score([])
