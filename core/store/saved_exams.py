"""Keep, open and delete cases. Every change is one short transaction; images are written before it and named within it."""

import os
import secrets
import time
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from core.errors import StoreError
from core.exams.assessment import Assessment
from core.folders import saved_folder
from core.scans.scan import Scan
from core.store import DATABASE, IMAGES, anything_saved, database, private_folder, scan_file
from core.store.listing import Entry, entries, entry_of, find
from core.store.records import SavedAssessment, SavedExam, SavedPrediction, SavedView, same

__all__ = ["Entry", "Saved", "delete", "delete_all", "entries", "entry_of", "find", "follow", "keep", "open_saved", "open_view"]
STALE = 3600  # seconds after which an unfinished file of nobody's is removed


@dataclass(frozen=True)
class Saved:
    """A kept case, opened again."""

    id: str
    scans: tuple[Scan, ...]
    assessments: tuple[Assessment, ...]
    note: str
    statement: dict[str, str]


def keep(
    scans: Sequence[Scan],
    predictions: Sequence[SavedPrediction] = (),
    assessments: Sequence[Assessment] = (),
    note: str | None = None,
    statement: dict[str, str] | None = None,
    *,
    looked: bool = False,
) -> str:
    """Keep the views of one exam; returns the id. Views that are kept already are written anew under the id they have.

    `note` and `statement` (sections of a structured report) are what was written about the exam; None leaves what is there.
    `looked` says that somebody made sure that no name stands in images whose files warn of that.

    Raises
    ------
    StoreError
        If there is no view, a file warns of burned-in text and nobody looked, or the disk or the database refuses.
    """
    if not scans:
        raise StoreError("There is nothing to keep.", "Open a case first.")
    if not looked and any(s.burned_in for s in scans):
        raise StoreError(
            "A file says that text is burned into its image; it may name the patient.",
            "Look at the image, and confirm that it does not.",
        )
    folder = private_folder()
    images, parts = folder / IMAGES, {}
    try:
        for scan in scans:
            parts[scan.sha256] = scan_file.write_part(scan, images)
        with database.session(folder / DATABASE, write=True) as s:
            _sweep(s, images)
            saved_id = _exam_of(s, scans)
            _write(s.get_one(SavedExam, saved_id), note, statement)
            _name_views(s, saved_id, scans, parts, images)
            _add(s, saved_id, predictions, assessments)
    except OSError as e:
        raise StoreError(f"The case could not be kept ({e.strerror}).", f"Check the space on the disk and the rights of {folder}.") from e
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
    return saved_id


def follow(
    saved_id: str,
    predictions: Sequence[SavedPrediction] = (),
    assessments: Sequence[Assessment] = (),
    note: str | None = None,
    statement: dict[str, str] | None = None,
) -> bool:
    """Add what came after a case was kept. What is there already is not doubled, and nothing is overwritten but note and statement.

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
        written = exam is not None and note in (None, exam.note) and statement in (None, exam.statement)
        if exam is None or (written and not any(_missing(s, saved_id, predictions, assessments))):
            return False
    with _session(write=True) as s:
        exam = s.get(SavedExam, saved_id)
        if exam is None:
            return False
        _write(exam, note, statement)
        _add(s, saved_id, predictions, assessments)
    return True


def open_saved(saved_id: str) -> Saved:
    """Views, impressions and what was written of a kept case.

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
    return Saved(entry.id, tuple(open_view(v.sha256) for v in entry.views), assessments, exam.note, exam.statement)


def open_view(sha256: str) -> Scan:
    """One kept image.

    Raises
    ------
    StoreError
        If it is not there, or damaged.
    """
    return scan_file.read(saved_folder() / IMAGES / scan_file.file_name(sha256))


def delete(saved_id: str) -> tuple[str, ...]:
    """Delete a case: its images are overwritten and removed, its rows and the log's copies of them are gone. Returns the views' sha256.

    Raises
    ------
    StoreError
        If it is not there, the disk or the database refuses, or another program still holds an older state of the database.
    """
    folder, entry = saved_folder(), find(saved_id)
    shas = tuple(v.sha256 for v in entry.views)
    try:
        with _session(write=True) as s:
            # Images first: if the machine stops here, rows without images are left, which the list shows and a second delete removes.
            for sha in shas:
                for path in (folder / IMAGES).glob(f"*{sha}*"):
                    scan_file.shred(path)
            _sweep(s, folder / IMAGES)
            _drop(s, entry.id, shas)
    except OSError as e:
        raise StoreError(f"The case could not be deleted ({e.strerror}).", f"Check the rights of {folder}.") from e
    if not database.purge(folder / DATABASE):
        raise StoreError(
            "The case is deleted, but another program still holds an older state of the database.",
            "Close that program; the last of it goes then.",
        )
    return shas


def delete_all() -> int:
    """Delete every kept case, and the folder's files with them; works on a damaged database too. Returns how many images there were.

    Raises
    ------
    StoreError
        If another program writes just now, or the disk refuses.
    """
    folder = saved_folder()
    if not folder.is_dir():
        return 0
    count = len(list((folder / IMAGES).glob("*.npz")))
    try:
        for entry in entries():
            delete(entry.id)
    except database.Damaged:
        database.remove(folder / DATABASE)
    try:
        for path in (folder / IMAGES).glob("*"):
            scan_file.shred(path)
    except OSError as e:
        raise StoreError(f"Not all images could be deleted ({e.strerror}).", f"Check the rights of {folder}.") from e
    return count


@contextmanager
def _session(write: bool = False):
    with database.session(saved_folder() / DATABASE, write) as s:
        yield s


def _exam_of(s: Session, scans: Sequence[Scan]) -> str:
    """The id under which these views are kept: that of the first that is kept already, else a new one."""
    view = s.exec(select(SavedView).where(col(SavedView.sha256).in_([x.sha256 for x in scans]))).first()
    exam = s.get(SavedExam, view.exam_id) if view else None
    if exam is None:
        exam = SavedExam(id=secrets.token_hex(4), saved_at=datetime.now().replace(microsecond=0))
    s.add(exam)
    s.flush()
    return exam.id


def _write(exam: SavedExam, note: str | None, statement: dict[str, str] | None) -> None:
    exam.note = exam.note if note is None else note
    exam.statement = exam.statement if statement is None else dict(statement)


def _name_views(s: Session, saved_id: str, scans: Sequence[Scan], parts: dict[str, Path], images: Path) -> None:
    """Rows and final names of the views; an exam that another one took all views from goes."""
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
        os.replace(parts[scan.sha256], images / scan_file.file_name(scan.sha256))
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
    new_predictions, new_impressions = _missing(s, saved_id, predictions, assessments)
    for p in new_predictions:
        s.add(SavedPrediction(**p.model_dump(exclude={"id"})))
    for i in new_impressions:
        s.add(SavedAssessment.of(saved_id, i))


def _missing(s: Session, saved_id: str, predictions, assessments) -> tuple[list[SavedPrediction], list[Assessment]]:
    shas = set(s.exec(select(SavedView.sha256).where(SavedView.exam_id == saved_id)))
    kept = s.exec(select(SavedPrediction).where(col(SavedPrediction.scan_sha256).in_(shas))).all()
    rows = s.exec(select(SavedAssessment).where(SavedAssessment.exam_id == saved_id)).all()
    told = {r.assessment for r in rows}
    wanted = [p for p in predictions if p.scan_sha256 in shas and not any(same(p, k) for k in kept)]
    return wanted, [i for i in assessments if i not in told]


def _drop(s: Session, saved_id: str, shas: Sequence[str]) -> None:
    for model, column, values in (
        (SavedPrediction, SavedPrediction.scan_sha256, shas),
        (SavedAssessment, SavedAssessment.exam_id, [saved_id]),
        (SavedView, SavedView.exam_id, [saved_id]),
        (SavedExam, SavedExam.id, [saved_id]),
    ):
        for row in s.exec(select(model).where(col(column).in_(values))):
            s.delete(row)
        s.flush()


def _sweep(s: Session, images: Path) -> None:
    """Remove images that a crash left without a row. Names are given within a write transaction only, so none is on its way now."""
    known = {scan_file.file_name(sha) for sha in s.exec(select(SavedView.sha256))}
    for path in images.glob("*.npz"):
        if path.name not in known:
            scan_file.shred(path)
    for path in images.glob(".*.part"):
        if path.exists() and time.time() - path.stat().st_mtime > STALE:
            scan_file.shred(path)


def _sync(folder: Path) -> None:
    """Bring the new names to the disk before the rows that speak of them."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
