"""How the list sorts and filters the exams, and the line above each: its status and, where it may be shown, its AI result."""

from collections.abc import Callable
from dataclasses import dataclass

from core.exams.exam import ExamScore
from core.exams.reader_study import RECALL
from dashboard import phrases
from dashboard.phrases import session as text
from dashboard.session import ai_result, records, worklist
from dashboard.session.worklist import OpenExam

SCORED = ("score", "asymmetry", "disagreement", "positive")  # orders and filters that need the score of every exam


@dataclass(frozen=True)
class Entry:
    """One exam of the list with its score.

    Attributes
    ----------
    exam : OpenExam
    score : ExamScore or None
        None while it is unknown or hidden.
    threshold : float
        Of the model that scored it.
    """

    exam: OpenExam
    score: ExamScore | None = None
    threshold: float = 1.0

    @property
    def positive(self) -> bool:
        """Whether its score is known, and at or above the threshold."""
        return self.score is not None and self.score.score >= self.threshold

    @property
    def disagreed(self) -> bool:
        """Whether the reader's last category recalls the patient and the score does not, or the other way round."""
        categories = [a.category for a in records.assessments(self.exam.views[0]) if a.category is not None]
        return bool(categories) and self.score is not None and (categories[-1] in RECALL) != self.positive

    @property
    def status(self) -> str:
        """State and score, short, e.g. "Read · AI 0.518, below threshold (0.522)"."""
        state = text.STATES[self.exam.state]
        if self.score is None:
            return state
        return f"{state} · AI {phrases.against_threshold(self.score.score, self.threshold)}"


THROUGH: dict[str, Callable[[Entry], bool]] = {
    "all": lambda e: True,
    "unread": lambda e: e.exam.state == "unread",
    "read": lambda e: e.exam.state in ("read", "amended", "skipped"),
    "positive": lambda e: e.positive,
    "refused": lambda e: e.exam.state == "not assessable",
}
KEYS: dict[str, Callable[[Entry], float]] = {
    "added": lambda e: 0,
    "score": lambda e: -e.score.score if e.score else 2.0,
    "asymmetry": lambda e: -abs(e.score.difference or 0.0) if e.score else 2.0,
    "disagreement": lambda e: not e.disagreed,
    "unread": lambda e: e.exam.state != "unread",
}


def arranged(order: str, only: str = "all") -> list[Entry]:
    """The exams that a filter lets through, in the chosen order.

    Those whose score is hidden keep the order in which they were added, after the others, and are never "positive": the list must
    not reveal it.
    """
    entries = [_entry(exam, order in SCORED or only in SCORED) for exam in worklist.exams_as_added()]
    return sorted(filter(THROUGH[only], entries), key=KEYS[order])


def _entry(exam: OpenExam, scored: bool) -> Entry:
    done, of = ai_result.progress(exam.views)
    if any(worklist.hidden(c) for c in exam.views) or not (scored or done == of):
        return Entry(exam)
    found = ai_result.of_exam(exam.views)
    return Entry(exam, found.exam, found.chosen.card.threshold) if found else Entry(exam)
