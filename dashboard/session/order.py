"""In which order the list shows the exams, and what stands beside each: status, and, where the model may be heard, its score."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import SecondReaderError
from core.exams.exam import ExamScore, ExamView, exam_score
from core.exams.reader_study import RECALL
from core.inference.default_model import default_card
from core.models.card import Card
from dashboard.cache import checkpoints, predictions
from dashboard.read import model_choice
from dashboard.session import records, worklist
from dashboard.session.worklist import Case

ORDERS = {
    "arrival": "arrival",
    "suspicion": "score, highest first",
    "sides": "right and left differ most",
    "disagreement": "reader and model disagree first",
    "unread": "not yet read first",
}
FILTERS = {
    "all": "all",
    "unread": "not yet read",
    "read": "read",
    "above": "score at or above the threshold",
    "refused": "cannot be assessed",
}
SCORED = ("suspicion", "sides", "disagreement", "above")  # orders and filters that ask the model


@dataclass(frozen=True)
class Entry:
    """One exam of the list: its cases, whether an impression is recorded, its score (None while unknown or hidden) and threshold.

    The list asks one checkpoint for all images of a kind; `by` names it where another one is chosen for the open image. `band` is
    that of the score, where it can be told.
    """

    cases: tuple[Case, ...]
    read: bool
    score: ExamScore | None = None
    threshold: float = 1.0
    by: str = ""
    band: int | None = None

    @property
    def refused(self) -> bool:
        """Whether none of its views can be assessed."""
        return not any(c.quality.ok for c in self.cases)

    @property
    def above(self) -> bool:
        """Whether its score is known, and at or above the threshold."""
        return self.score is not None and self.score.score >= self.threshold

    @property
    def disagreed(self) -> bool:
        """Whether the reader's last category recalls the patient and the score does not, or the other way round."""
        told = [i.category for i in records.assessments(self.cases[0]) if i.category is not None]
        return bool(told) and self.score is not None and (told[-1] in RECALL) != self.above

    @property
    def words(self) -> str:
        """Status and score, short."""
        if self.refused:
            return "cannot be assessed"
        status = "read" if self.read else "hidden until you have looked" if worklist.hidden(self.cases[0]) else "not read"
        if self.score is None:
            return status
        side = "at or above" if self.above else "below"
        by = f" by {self.by}" if self.by else ""
        band = f", band {self.band} of 10" if self.band else ""
        return f"{status}, score {self.score.score:.2f}{by}, {side} {self.threshold:.2f}{band}"


def arranged(order: str, only: str = "all") -> list[Entry]:
    """The exams that a filter lets through, in the chosen order.

    Those whose score is hidden keep their order of arrival, after the others, and are never "above": the list must not tell.
    """
    groups: dict[str, list[Case]] = {}
    for case in worklist.cases():
        groups.setdefault(case.exam, []).append(case)
    entries = [_entry(tuple(cases), order in SCORED or only in SCORED) for cases in groups.values()]
    through = {
        "unread": lambda e: not e.read and not e.refused,
        "read": lambda e: e.read,
        "above": lambda e: e.above,
        "refused": lambda e: e.refused,
    }
    entries = [e for e in entries if only == "all" or through[only](e)]
    keys = {
        "suspicion": lambda e: -e.score.score if e.score else 2.0,
        "sides": lambda e: -abs(e.score.difference or 0.0) if e.score else 2.0,
        "disagreement": lambda e: not e.disagreed,
        "unread": lambda e: e.read,
    }
    return sorted(entries, key=keys[order]) if order in keys else entries


def _entry(cases: tuple[Case, ...], scored: bool) -> Entry:
    read = bool(records.assessments(cases[0]))
    good = [c for c in cases if c.quality.ok]
    if not good or worklist.hidden(good[0]) or not (scored or {c.key for c in good} <= worklist.choices().heard):
        return Entry(cases, read)
    found = scored_exam(cases)
    if found is None:
        return Entry(cases, read)
    score, card = found
    by = "" if model_choice.chosen(good[0].scan) in (None, card.name) else card.title
    return Entry(cases, read, score, card.threshold, by, checkpoints.band(card, score.score))


def scored_exam(cases: Sequence[Case]) -> tuple[ExamScore, Card] | None:
    """The score of an exam by the checkpoint that such images are given, and that checkpoint's card; None where nothing can read it."""
    good = [c for c in cases if c.quality.ok]
    card = default_card(checkpoints.cards(), good[0].scan) if good else None
    if card is None:
        return None
    try:
        views = [ExamView.of(c.scan, predictions.prediction(c.scan, card)[0].score) for c in good]
    except SecondReaderError:
        return None
    return exam_score(views), card
