"""Save, update and open cases. Every change is one short transaction; images are written before it and named within it."""

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from core.errors import StoreError
from core.exams.assessment import Assessment
from core.folders import saved_folder
from core.scans.scan import Scan
from core.store import DATABASE, IMAGES, anything_saved, database, disk_error, private_folder, scan_file
from core.store.deletion import delete, delete_all, sweep_images
from core.store.listing import Entry, entries, entry_of, find
from core.store.records import SavedAssessment, SavedExam, SavedPrediction, SavedView, same

__all__ = ["Entry", "Saved", "delete", "delete_all", "entries", "entry_of", "find", "open_saved", "open_view", "save", "update"]


@dataclass(frozen=True)
class Saved:
    """A saved case, opened again."""

    id: str
    scans: tuple[Scan, ...]
    assessments: tuple[Assessment, ...]
    note: str
    structured_report: dict[str, str]


def save(
    scans: Sequence[Scan],
    predictions: Sequence[SavedPrediction] = (),
    assessments: Sequence[Assessment] = (),
    note: str | None = None,
    structured_report: dict[str, str] | None = None,
    *,
    looked: bool = False,
) -> str:
    """Save the views of one exam; returns the id. Views that are saved already are written again under the id they have.

    `note` and `structured_report` (sections of a structured report) are what was written about the exam; None leaves what is there.
    `looked` says that somebody made sure that no name stands in images whose files warn of that.

    Raises
    ------
    StoreError
        If there is no view, a file warns of burned-in text and nobody looked, or the disk or the database refuses.
    """
    if not scans:
        raise StoreError("There is nothing to save.", "Open a case first.")
    if not looked and any(s.burned_in for s in scans):
        raise StoreError(
            "A file says that text is burned into its image; it may name the patient.",
            "Look at the image, and confirm that it does not.",
        )
    folder = private_folder()
    images, parts = folder / IMAGES, {}
    named: list[Path] = []
    try:
        for scan in scans:
            parts[scan.sha256] = scan_file.write_part(scan, images)
        with database.session(folder / DATABASE, write=True) as s:
            sweep_images(s, images)
            saved_id = _exam_of(s, scans)
            _write(s.get_one(SavedExam, saved_id), note, structured_report)
            _name_views(s, saved_id, scans, parts, images, named)
            _add(s, saved_id, predictions, assessments)
    except BaseException as e:
        for path in named:  # the rows were rolled back: no pixels of a refused save stay behind
            scan_file.shred(path)
        if isinstance(e, OSError):
            raise disk_error("The case could not be saved", e) from e
        raise
    finally:
        for part in parts.values():
            scan_file.shred(part)
    return saved_id


def update(
    saved_id: str,
    predictions: Sequence[SavedPrediction] = (),
    assessments: Sequence[Assessment] = (),
    note: str | None = None,
    structured_report: dict[str, str] | None = None,
) -> bool:
    """Add what came after a case was saved. Nothing is doubled, and only note and report are overwritten.

    Returns False where nothing was new. A case that was deleted meanwhile stays deleted.

    Raises
    ------
    StoreError
        If the database refuses.
    """
    if not anything_saved():
        return False
    with _session() as s:
        exam = s.get(SavedExam, saved_id)
        written = exam is not None and note in (None, exam.note) and structured_report in (None, exam.structured_report)
        if exam is None or (written and not any(_missing(s, saved_id, predictions, assessments))):
            return False
    with _session(write=True) as s:
        exam = s.get(SavedExam, saved_id)
        if exam is None:
            return False
        _write(exam, note, structured_report)
        _add(s, saved_id, predictions, assessments)
    return True


def open_saved(saved_id: str) -> Saved:
    """Views, assessments and what was written of a saved case.

    Raises
    ------
    StoreError
        If it is not there, or an image is damaged.
    """
    entry = find(saved_id)
    with _session() as s:
        rows = s.exec(select(SavedAssessment).where(SavedAssessment.exam_id == entry.id).order_by(col(SavedAssessment.id))).all()
        assessments = tuple(r.assessment for r in rows)
        exam = s.get_one(SavedExam, entry.id)
    return Saved(entry.id, tuple(open_view(v.sha256) for v in entry.views), assessments, exam.note, exam.structured_report)


def open_view(sha256: str) -> Scan:
    """One saved image.

    Raises
    ------
    StoreError
        If it is not there, or damaged.
    """
    return scan_file.read(saved_folder() / IMAGES / scan_file.file_name(sha256))


@contextmanager
def _session(write: bool = False) -> Iterator[Session]:
    with database.session(saved_folder() / DATABASE, write) as s:
        yield s


def _exam_of(s: Session, scans: Sequence[Scan]) -> str:
    """The id under which these views are saved: that of the first that is saved already, else a new one."""
    view = s.exec(select(SavedView).where(col(SavedView.sha256).in_([x.sha256 for x in scans]))).first()
    exam = s.get(SavedExam, view.exam_id) if view else None
    if exam is None:
        exam = SavedExam(id=secrets.token_hex(4), saved_at=datetime.now().replace(microsecond=0))
    s.add(exam)
    s.flush()
    return exam.id


def _write(exam: SavedExam, note: str | None, structured_report: dict[str, str] | None) -> None:
    exam.note = exam.note if note is None else note
    exam.structured_report = exam.structured_report if structured_report is None else dict(structured_report)


def _name_views(s: Session, saved_id: str, scans: Sequence[Scan], parts: dict[str, Path], images: Path, named: list[Path]) -> None:
    """Rows and final names of the views; `named` receives the names that are new; an exam that another one took all views from goes."""
    left = set()
    for place, scan in enumerate(scans):
        view = s.get(SavedView, scan.sha256)
        if view is not None and view.exam_id != saved_id:
            left.add(view.exam_id)
        size = parts[scan.sha256].stat().st_size
        s.merge(
            SavedView(
                sha256=scan.sha256,
                pixel_sha256=scan.pixel_sha256,
                exam_id=saved_id,
                place=place,
                label=scan.label,
                synthetic=scan.synthetic,
                size=size,
            )
        )
        path = images / scan_file.file_name(scan.sha256)
        os.replace(parts[scan.sha256], path)
        if view is None:
            named.append(path)
    s.flush()
    for other in left:
        for row in s.exec(select(SavedAssessment).where(SavedAssessment.exam_id == other)):
            row.exam_id = saved_id
        s.flush()
        if s.exec(select(SavedView).where(SavedView.exam_id == other)).first() is None:
            s.delete(s.get_one(SavedExam, other))
    s.flush()
    _sync(images)


def _add(s: Session, saved_id: str, predictions: Sequence[SavedPrediction], assessments: Sequence[Assessment]) -> None:
    new_predictions, new_assessments = _missing(s, saved_id, predictions, assessments)
    for p in new_predictions:
        s.add(SavedPrediction(**p.model_dump(exclude={"id"})))
    for i in new_assessments:
        s.add(SavedAssessment.of(saved_id, i))


def _missing(
    s: Session, saved_id: str, predictions: Sequence[SavedPrediction], assessments: Sequence[Assessment]
) -> tuple[list[SavedPrediction], list[Assessment]]:
    shas = set(s.exec(select(SavedView.sha256).where(SavedView.exam_id == saved_id)))
    saved = s.exec(select(SavedPrediction).where(col(SavedPrediction.scan_sha256).in_(shas))).all()
    rows = s.exec(select(SavedAssessment).where(SavedAssessment.exam_id == saved_id)).all()
    known = {r.assessment for r in rows}
    wanted = [p for p in predictions if p.scan_sha256 in shas and not any(same(p, k) for k in saved)]
    return wanted, [i for i in assessments if i not in known]


def _sync(folder: Path) -> None:
    """Bring the new names to the disk before the rows that speak of them."""
    with suppress(OSError):  # network drives and Windows cannot flush a folder; there the order of the writes is all there is
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
