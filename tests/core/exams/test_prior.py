"""The exam before: of the same patient, the latest of the earlier ones, and never guessed."""

from dataclasses import replace

import numpy as np

from core.datasets.phantom import sample_exam
from core.exams.exam import exam_key
from core.exams.prior import interval, prior_of
from core.scans import Scan, read_scan
from core.scans.identity import shifted_day
from core.scans.windows import Window


def scan(study, day, patient="w1"):
    return Scan(
        np.ones((4, 4), np.uint16), (Window(1, 2),), False, study, study, "DICOM", 12, study_key=study, patient_key=patient, shifted_day=day
    )


def test_the_latest_earlier_study_of_the_same_patient():
    now, before, long_before = scan("now", 1000), scan("before", 600), scan("long", 100)
    later, other = scan("later", 1400), scan("other", 900, "w2")
    everything = [now, long_before, later, other, before]
    assert prior_of(now, everything) == (exam_key(before), 400)
    assert prior_of(before, everything) == (exam_key(long_before), 500)
    assert prior_of(long_before, everything) is None
    assert prior_of(other, everything) is None


def test_nothing_is_guessed():
    now, before = scan("now", 1000), scan("before", 600)
    assert prior_of(replace(now, patient_key=None), [replace(before, patient_key=None)]) is None
    assert prior_of(replace(now, shifted_day=None), [before]) is None
    assert prior_of(now, [replace(before, shifted_day=None)]) is None
    assert prior_of(now, [replace(before, study_key=None)]) is None
    assert prior_of(now, [replace(before, shifted_day=1000 - 30_000)]) is None  # 82 years: a date of 1901 is a typing error
    assert prior_of(now, [replace(before, shifted_day=1000)]) is None  # two studies of one day: which came first is not known


def test_words():
    assert [interval(d) for d in (1, 30, 365, 413, 730)] == [
        "1 day earlier",
        "30 days earlier",
        "12 months earlier",
        "14 months earlier",
        "2.0 years earlier",
    ]


def test_days_are_moved_and_keep_their_distance():
    days = [shifted_day("A", d) for d in ("20240101", "20250101")]
    assert days[1] - days[0] == 366
    assert shifted_day("B", "20250101") - shifted_day("B", "20240101") == 366
    assert len({shifted_day(p, "20240101") for p in "ABCDEFGH"}) == 8  # no two patients share a calendar
    assert shifted_day("A", "") is shifted_day("A", "2024-01-01") is shifted_day("", "20240101") is None


def test_a_sample_with_its_prior_reads_as_two_exams_of_one_patient():
    files = sample_exam(1, "small", with_prior=True)
    assert len(files) == 8
    scans = [read_scan(data, name) for name, data, _ in files]
    now, before = scans[:4], scans[4:]
    assert len({s.study_key for s in now}) == len({s.study_key for s in before}) == 1
    assert prior_of(now[0], scans) == (exam_key(before[0]), 413)
    assert prior_of(before[0], scans) is None
    alone = read_scan(sample_exam(1, "small")[0][1], "x")
    assert alone.shifted_day is None  # a sample without a prior has no date at all
    assert all(not v.lesions or v.label == "benign" for _, _, v in files[4:])
