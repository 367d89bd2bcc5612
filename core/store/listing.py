"""What is saved, and which case an id means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from core.errors import StoreError
from core.folders import saved_folder
from core.scans.scan import Scan
from core.store import DATABASE, anything_saved, database
from core.store.records import SavedAssessment, SavedExam, SavedPrediction, SavedView

SHORTEST = 4  # characters of an id that may stand for the whole


@dataclass(frozen=True)
class Entry:
    """One saved case in a list: nothing of its pixels. Times are local."""

    id: str
    saved_at: datetime
    views: tuple[SavedView, ...]
    predictions: tuple[SavedPrediction, ...]
    assessments: int

    @property
    def label(self) -> str:
        """The views, as one line, e.g. "R CC, L CC (phantom)"."""
        kind = " (phantom)" if all(v.synthetic for v in self.views) else ""
        return f"{', '.join(v.label for v in self.views)}{kind}"


def entries() -> list[Entry]:
    """All saved cases, newest first.

    Raises
    ------
    StoreError
        If the database refuses.
    """
    if not anything_saved():
        return []
    with database.session(saved_folder() / DATABASE) as s:
        return [_entry(s, exam) for exam in s.exec(select(SavedExam).order_by(col(SavedExam.saved_at).desc(), SavedExam.id))]


def entry_of(scans: Sequence[Scan]) -> Entry | None:
    """The saved case that holds one of these views, or None.

    Raises
    ------
    StoreError
        If the database refuses.
    """
    if not anything_saved():
        return None
    with database.session(saved_folder() / DATABASE) as s:
        view = s.exec(select(SavedView).where(col(SavedView.sha256).in_([x.sha256 for x in scans]))).first()
        return _entry(s, s.get_one(SavedExam, view.exam_id)) if view else None


def find(identifier: str) -> Entry:
    """The saved case of an id, of the sha256 of one of its views, or of the beginning of either.

    Raises
    ------
    StoreError
        If there is none, or more than one; or if the database refuses.
    """
    wanted = identifier.strip().lower()
    found = [e for e in entries() if wanted in (e.id, *(v.sha256 for v in e.views))]
    if not found and len(wanted) >= SHORTEST:
        found = [e for e in entries() if any(x.startswith(wanted) for x in (e.id, *(v.sha256 for v in e.views)))]
    if len(found) != 1:
        many = "More than one saved case begins" if found else "No saved case begins"
        raise StoreError(f"{many} with {identifier!r}.", "`second-reader saved` lists them.")
    return found[0]


def _entry(s: Session, exam: SavedExam) -> Entry:
    views = tuple(s.exec(select(SavedView).where(SavedView.exam_id == exam.id).order_by(col(SavedView.place))))
    shas = [v.sha256 for v in views]
    predictions = tuple(s.exec(select(SavedPrediction).where(col(SavedPrediction.scan_sha256).in_(shas)).order_by(col(SavedPrediction.id))))
    assessments = len(s.exec(select(SavedAssessment.id).where(SavedAssessment.exam_id == exam.id)).all())
    return Entry(exam.id, exam.saved_at, views, predictions, assessments)
