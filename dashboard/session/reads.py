"""The exams of this session as `core.exams.reader_study` takes them."""

import numpy as np

from core.exams.reader_study import StudyCase
from dashboard.session import records, worklist
from dashboard.session.order import scored_exam


def reads() -> list[StudyCase]:
    """Every exam, finished ones first; of those without an impression neither the model's decision nor the truth."""
    groups: dict[str, list] = {}
    for case in worklist.cases():
        groups.setdefault(case.exam, []).append(case)
    out = [*records.done().values()]
    for exam, cases in groups.items():
        assessments = records.assessments(cases[0])
        shown = records.shown(exam)
        seconds = max(0.0, (assessments[0].at - shown).total_seconds()) if assessments and shown else None
        heard = bool(assessments) and not worklist.hidden(cases[0])
        known = (_called(cases), _truth(cases), _located(cases, assessments)) if heard else (None, None, None)
        out.append(StudyCase(exam, assessments, seconds, *known))
    return out


def finished() -> dict[str, StudyCase]:
    """Open sample exams that bear a category, by key: those that the reading test can close."""
    known = {c.exam for c in worklist.cases() if c.truth is not None}
    return {r.exam: r for r in reads() if r.exam in known and r.after is not None}


def _truth(cases) -> bool | None:
    """Whether a sample exam shows malignancy; None where nobody knows."""
    if any(c.truth is None for c in cases):
        return None
    return any(o.malignant for c in cases for o in c.truth)


def _located(cases, assessments) -> bool | None:
    """Whether one of the findings marked before the score holds the middle of a malignant outline; None without such an outline."""
    places = [(c.key, np.reshape(o.points, (-1, 2)).mean(0)) for c in cases for o in c.truth or () if o.malignant]
    if not places:
        return None
    marked = [f for i in assessments if not i.after_score for f in i.findings]
    return any(key.startswith(f.scan) and f.holds(*middle) for key, middle in places for f in marked)


def _called(cases) -> bool | None:
    found = scored_exam(cases)
    return found[0].score >= found[1].threshold if found else None
