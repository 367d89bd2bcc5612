"""How the list sorts and filters the exams, and the line above each: its status and, where it may be shown, its AI result."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.errors import SecondReaderError
from core.exams.exam import ExamScore, ExamView, exam_score
from core.exams.reader_study import RECALL
from core.inference.default_model import default_card
from core.models.card import Card
from dashboard import phrases
from dashboard.cache import checkpoints, predictions
from dashboard.cache.keys import Chosen
from dashboard.phrases import session as text
from dashboard.session import records, worklist
from dashboard.session.view_settings import selected_model
from dashboard.session.worklist import Case, OpenExam

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
    model : str
        Its title where another model is selected for the open image: the list scores all images of a kind with one model.
    """

    exam: OpenExam
    score: ExamScore | None = None
    threshold: float = 1.0
    model: str = ""

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
        by = f" ({self.model})" if self.model else ""
        return f"{state} · AI{by} {phrases.against_threshold(self.score.score, self.threshold)}"


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
    good = [c for c in exam.views if c.quality.ok]
    if not good or worklist.hidden(good[0]) or not (scored or {c.key for c in good} <= worklist.settings().predicted_views):
        return Entry(exam)
    found = scored_exam(exam.views)
    if found is None:
        return Entry(exam)
    score, card = found
    return Entry(exam, score, card.threshold, "" if selected_model(good[0].scan) in (None, card.name) else card.title)


def scored_exam(cases: Sequence[Case]) -> tuple[ExamScore, Card] | None:
    """The score of an exam by the default model of its kind, and that model's card; None where no model can score it."""
    good = [c for c in cases if c.quality.ok]
    card = default_card(checkpoints.cards(), good[0].scan) if good else None
    if card is None:
        return None
    try:
        views = [ExamView.of(c.scan, predictions.prediction(c.scan, Chosen(card))[0].score) for c in good]
    except SecondReaderError:
        return None
    return exam_score(views), card
