"""A session worked by hand."""

from dataclasses import replace
from datetime import datetime

import pytest
from sklearn.metrics import roc_auc_score

from core.exams.assessment import Assessment
from core.exams.reader_study import SUSPICION, StudyCase, summary


def read(exam, categories, truth=None, called=None, seconds=None):
    """`categories`: those before the score, then "|", then those after; None for a skip."""
    after, out = False, []
    for c in categories:
        if c == "|":
            after = True
        else:
            out.append(Assessment(c, None, "", datetime(2026, 1, 1), after))
    return StudyCase(exam, tuple(out), seconds, called, truth)


def test_a_session_worked_by_hand():
    reads = [
        read("a", [5], True, True, 30.0),
        read("b", [2, "|", 4], True, True, 10.0),
        read("c", [1], False, False, 20.0),
        read("d", [4, "|", 2], False, False, 40.0),
        read("e", [None, "|", 3], False, True),
        read("f", []),
    ]
    found = summary(reads)
    assert (found.n, found.n_read, found.n_skipped, found.n_changed, found.n_truth) == (6, 4, 1, 2, 4)
    assert found.seconds == 25
    assert found.agreement.value == 0.5  # a and c
    truth = [1, 1, 0, 0]
    assert found.unaided.value == pytest.approx(roc_auc_score(truth, [5, 2, 1, 4]))
    assert found.aided.value == pytest.approx(roc_auc_score(truth, [5, 4, 1, 2]))
    assert found.unaided.n == 4


def test_marks_on_the_place_count_where_something_malignant_was_read():
    reads = [replace(read(e, [4], True), located=on) for e, on in (("a", True), ("b", False), ("c", True), ("d", None))]
    reads.append(replace(read("e", [None], True), located=True))  # skipped
    found = summary(reads).located
    assert (found.value, found.n) == (pytest.approx(2 / 3), 3)
    assert summary([]).located.value is None


def test_too_little_says_why():
    found = summary([read("a", [5], True)])
    assert found.unaided.value is None
    assert "2 exams" in found.unaided.undefined
    assert found.agreement.value is None
    assert summary([]).seconds is None


def test_incomplete_stands_between_probably_benign_and_suspicious():
    assert SUSPICION.index(3) < SUSPICION.index(0) < SUSPICION.index(4)
