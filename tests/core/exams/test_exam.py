"""Views add up to breasts and an exam, however many there are."""

from dataclasses import replace

import numpy as np
import pytest

from core.exams.exam import ExamView, exam_key, exam_score, hanging_kind
from core.scans import Scan
from core.scans.windows import Window

FOUR = [ExamView(*v) for v in (("R", "CC", 0.2), ("L", "CC", 0.6), ("R", "MLO", 0.3), ("L", "MLO", 0.5))]


def test_four_views():
    found = exam_score(FOUR)
    assert (found.score, found.breasts, found.missing, found.listed) == (0.6, {"R": 0.3, "L": 0.6}, (), ())
    assert found.difference == pytest.approx(-0.3)
    assert "largest" in found.sentence


def test_fewer_views_and_unknown_sides_say_what_was_used():
    found = exam_score([ExamView("R", "MLO", 0.3), ExamView(None, None, 0.7)])
    assert (found.score, found.breasts, found.difference) == (0.7, {"R": 0.3}, None)
    assert found.used == ("R MLO", "View not labelled")
    assert found.missing == ("R CC", "L CC", "L MLO")
    assert "Missing: R CC, L CC, L MLO." in found.sentence


def test_no_view_is_no_exam():
    with pytest.raises(ValueError, match="at least one"):
        exam_score([])


@pytest.mark.parametrize(
    ("extra", "listed"),
    [
        (ExamView("L", "ML", 0.9, ("spot compression", "magnification")), "L ML (spot compression, magnification)"),
        (ExamView("L", "CC", 0.9, ("implant displaced",)), "L CC (implant displaced)"),
        (ExamView("L", "CC", 0.9, ("rolled lateral",)), "L CC (rolled lateral)"),
        (ExamView("R", "CC", 0.9, raw=True), "R CC (for processing)"),
        (ExamView("L", "CC", 0.9), "L CC, repeat"),
        (ExamView("L", "ML", 0.9), "L ML"),
    ],
)
def test_only_standard_views_for_presentation_decide(extra, listed):
    found = exam_score([*FOUR, extra])
    assert (found.score, found.breasts) == (0.6, {"R": 0.3, "L": 0.6})
    assert found.listed == (listed,)
    assert f"Not counted: {listed}." in found.sentence
    assert found.used == ("R CC", "L CC", "R MLO", "L MLO")


def test_a_modified_view_given_first_does_not_take_the_place_of_the_standard_one():
    found = exam_score([ExamView("L", "CC", 0.9, ("rolled lateral",)), ExamView("L", "CC", 0.1)])
    assert (found.score, found.roles) == (0.1, ("modified", "standard"))


def test_an_exam_of_modified_views_alone_is_scored_and_says_so():
    found = exam_score([ExamView("L", "CC", 0.4, ("magnification",)), ExamView("L", "ML", 0.5, ("magnification",))])
    assert found.score == 0.5
    assert found.sentence.startswith("No standard view")
    assert "L CC" in found.missing


def scan(study, patient, **attributes):
    return Scan(
        np.ones((4, 4), np.uint16), (Window(1, 2),), False, "a", "b", "DICOM", 12, study_key=study, patient_key=patient, **attributes
    )


def test_two_patients_under_one_study_are_two_exams():
    one, other = scan("study", "p1"), scan("study", "p2")
    assert exam_key(one) != exam_key(other)
    assert exam_key(one) == exam_key(replace(one, sha256="c"))
    assert exam_key(scan(None, "p1")) is None
    assert exam_key(scan("study", None)) == "study"


def test_views_hang_among_their_kind():
    kinds = [hanging_kind(scan("s", "p", modifiers=m)) for m in ((), ("implant displaced",))]
    assert kinds == ["", "implant displaced"]
    assert hanging_kind(scan("s", "p", intent="processing")) == "for processing"
