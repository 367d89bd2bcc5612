"""The exams of this session as `core.exams.reader_study` takes them."""

from collections.abc import Sequence

import numpy as np

from core.exams.assessment import Assessment
from core.exams.reader_study import StudyCase
from dashboard.session import ai_result, records, worklist
from dashboard.session.worklist import Case


def reads() -> list[StudyCase]:
    """Every exam, finished ones first; of those without an assessment neither the model's decision nor the truth."""
    return [*records.finished().values(), *(_study_case(e.key, e.views) for e in worklist.exams_as_added())]


def _study_case(exam: str, cases: Sequence[Case]) -> StudyCase:
    assessments, viewed = records.assessments(cases[0]), records.first_viewed(exam)
    seconds = max(0.0, (assessments[0].at - viewed).total_seconds()) if assessments and viewed else None
    if not assessments or worklist.hidden(cases[0]):
        return StudyCase(exam, assessments, seconds)
    return StudyCase(exam, assessments, seconds, _called(cases), _truth(cases), _located(cases, assessments))


def finished() -> dict[str, StudyCase]:
    """Open sample exams with a recorded category, by key: those that the reading test can close."""
    known = {c.exam for c in worklist.cases() if c.truth is not None}
    return {r.exam: r for r in reads() if r.exam in known and r.after is not None}


def _truth(cases: Sequence[Case]) -> bool | None:
    """Whether a sample exam shows malignancy; None where it is not known."""
    if any(c.truth is None for c in cases):
        return None
    return any(o.malignant for c in cases for o in c.truth or ())


def _located(cases: Sequence[Case], assessments: Sequence[Assessment]) -> bool | None:
    """Whether a finding marked before the score holds the centre of a malignant outline; None without such an outline."""
    places = [(c.key, np.reshape(o.points, (-1, 2)).mean(0)) for c in cases for o in c.truth or () if o.malignant]
    if not places:
        return None
    marked = [f for a in assessments if not a.after_score for f in a.findings]
    return any(key.startswith(f.scan) and f.holds(*centre) for key, centre in places for f in marked)


def _called(cases: Sequence[Case]) -> bool | None:
    found = ai_result.of_exam(cases)
    return found.exam.score >= found.chosen.card.threshold if found and found.exam else None
