"""What is kept, and which case an id means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from core.errors import KeepingError
from core.keeping import DATABASE, anything_kept, database, keep_folder
from core.keeping.records import KeptExam, KeptImpression, KeptPrediction, KeptView
from core.scans.scan import Scan

SHORTEST = 4  # characters of an id that may stand for the whole


@dataclass(frozen=True)
class Entry:
    """One kept case in a list: nothing of its pixels. Times are local."""

    id: str
    kept_at: datetime
    views: tuple[KeptView, ...]
    predictions: tuple[KeptPrediction, ...]
    impressions: int

    @property
    def label(self) -> str:
        """Views in words, e.g. "R CC, L CC (phantom)"."""
        kind = " (phantom)" if all(v.synthetic for v in self.views) else ""
        return f"{', '.join(v.label for v in self.views)}{kind}"


def entries() -> list[Entry]:
    """All kept cases, newest first.

    Raises
    ------
    KeepingError
        If the database refuses.
    """
    if not anything_kept():
        return []
    with database.session(keep_folder() / DATABASE) as s:
        return [_entry(s, exam) for exam in s.exec(select(KeptExam).order_by(col(KeptExam.kept_at).desc(), KeptExam.id))]


def entry_of(scans: Sequence[Scan]) -> Entry | None:
    """The kept case that holds one of these views, or None.

    Raises
    ------
    KeepingError
        If the database refuses.
    """
    if not anything_kept():
        return None
    with database.session(keep_folder() / DATABASE) as s:
        view = s.exec(select(KeptView).where(col(KeptView.sha256).in_([x.sha256 for x in scans]))).first()
        return _entry(s, s.get(KeptExam, view.exam_id)) if view else None


def find(identifier: str) -> Entry:
    """The kept case of an id, of the sha256 of one of its views, or of the beginning of either.

    Raises
    ------
    KeepingError
        If there is none, or more than one; or if the database refuses.
    """
    wanted = identifier.strip().lower()
    found = [e for e in entries() if wanted in (e.id, *(v.sha256 for v in e.views))]
    if not found and len(wanted) >= SHORTEST:
        found = [e for e in entries() if any(x.startswith(wanted) for x in (e.id, *(v.sha256 for v in e.views)))]
    if len(found) != 1:
        many = "More than one kept case begins" if found else "No kept case begins"
        raise KeepingError(f"{many} with {identifier!r}.", "`python -m core kept` lists them.")
    return found[0]


def _entry(s: Session, exam: KeptExam) -> Entry:
    views = tuple(s.exec(select(KeptView).where(KeptView.exam_id == exam.id).order_by(col(KeptView.place))))
    shas = [v.sha256 for v in views]
    predictions = tuple(s.exec(select(KeptPrediction).where(col(KeptPrediction.scan_sha256).in_(shas)).order_by(col(KeptPrediction.id))))
    impressions = len(s.exec(select(KeptImpression.id).where(KeptImpression.exam_id == exam.id)).all())
    return Entry(exam.id, exam.kept_at, views, predictions, impressions)
