"""The exams of this session as `core.evaluation.session` takes them."""

import numpy as np

from core.evaluation.session import ExamRead
from dashboard.session import records, worklist
from dashboard.session.order import scored_exam


def reads() -> list[ExamRead]:
    """Every exam, finished ones first; of those without an impression neither the model's decision nor the truth."""
    groups: dict[str, list] = {}
    for case in worklist.cases():
        groups.setdefault(case.exam, []).append(case)
    out = [*records.done().values()]
    for exam, cases in groups.items():
        impressions = records.impressions(cases[0])
        shown = records.shown(exam)
        seconds = max(0.0, (impressions[0].at - shown).total_seconds()) if impressions and shown else None
        heard = bool(impressions) and not worklist.hidden(cases[0])
        known = (_called(cases), _truth(cases), _located(cases, impressions)) if heard else (None, None, None)
        out.append(ExamRead(exam, impressions, seconds, *known))
    return out


def finished() -> dict[str, ExamRead]:
    """Open sample exams that bear a category, by key: those that the reading test can close."""
    known = {c.exam for c in worklist.cases() if c.truth is not None}
    return {r.exam: r for r in reads() if r.exam in known and r.after is not None}


def _truth(cases) -> bool | None:
    """Whether a sample exam shows malignancy; None where nobody knows."""
    if any(c.truth is None for c in cases):
        return None
    return any(o.malignant for c in cases for o in c.truth)


def _located(cases, impressions) -> bool | None:
    """Whether one of the findings marked before the score holds the middle of a malignant outline; None without such an outline."""
    places = [(c.key, np.reshape(o.points, (-1, 2)).mean(0)) for c in cases for o in c.truth or () if o.malignant]
    if not places:
        return None
    marked = [f for i in impressions if not i.after_score for f in i.findings]
    return any(key.startswith(f.scan) and f.holds(*middle) for key, middle in places for f in marked)


def _called(cases) -> bool | None:
    found = scored_exam(cases)
    return found[0].score >= found[1].threshold if found else None
