"""Keep, open and delete cases. Every change is one short transaction; pictures are written before it and named within it."""

import os
import secrets
import time
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from core.errors import KeepingError
from core.keeping import DATABASE, PICTURES, anything_kept, database, keep_folder, picture, private_folder
from core.keeping.listing import Entry, entries, entry_of, find
from core.keeping.records import KeptExam, KeptImpression, KeptPrediction, KeptView, same
from core.reading.impression import Impression
from core.scans.scan import Scan

__all__ = ["Entry", "Kept", "delete", "delete_all", "entries", "entry_of", "find", "follow", "keep", "open_kept", "open_view"]
STALE = 3600  # seconds after which an unfinished file of nobody's is removed


@dataclass(frozen=True)
class Kept:
    """A kept case, opened again."""

    id: str
    scans: tuple[Scan, ...]
    impressions: tuple[Impression, ...]
    note: str
    statement: dict[str, str]


def keep(
    scans: Sequence[Scan],
    predictions: Sequence[KeptPrediction] = (),
    impressions: Sequence[Impression] = (),
    note: str | None = None,
    statement: dict[str, str] | None = None,
    *,
    looked: bool = False,
) -> str:
    """Keep the views of one exam; returns the id. Views that are kept already are written anew under the id they have.

    `note` and `statement` (sections of a structured report) are what was written about the exam; None leaves what is there.
    `looked` says that somebody made sure that no name stands in pictures whose files warn of that.

    Raises
    ------
    KeepingError
        If there is no view, a file warns of burned-in text and nobody looked, or the disk or the database refuses.
    """
    if not scans:
        raise KeepingError("There is nothing to keep.", "Open a case first.")
    if not looked and any(s.burned_in for s in scans):
        raise KeepingError(
            "A file says that text is burned into its picture; it may name the patient.",
            "Look at the picture, and confirm that it does not.",
        )
    folder = private_folder()
    pictures, parts = folder / PICTURES, {}
    try:
        for scan in scans:
            parts[scan.sha256] = picture.write_part(scan, pictures)
        with database.session(folder / DATABASE, write=True) as s:
            _sweep(s, pictures)
            kept_id = _exam_of(s, scans)
            _write(s.get_one(KeptExam, kept_id), note, statement)
            _name_views(s, kept_id, scans, parts, pictures)
            _add(s, kept_id, predictions, impressions)
    except OSError as e:
        raise KeepingError(f"The case could not be kept ({e.strerror}).", f"Check the space on the disk and the rights of {folder}.") from e
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
    return kept_id


def follow(
    kept_id: str,
    predictions: Sequence[KeptPrediction] = (),
    impressions: Sequence[Impression] = (),
    note: str | None = None,
    statement: dict[str, str] | None = None,
) -> bool:
    """Add what came after a case was kept. What is there already is not doubled, and nothing is overwritten but note and statement.

    Returns False where nothing was new. A case that was deleted meanwhile stays deleted.

    Raises
    ------
    KeepingError
        If the database refuses.
    """
    if not anything_kept():
        return False
    with _session() as s:
        exam = s.get(KeptExam, kept_id)
        written = exam is not None and note in (None, exam.note) and statement in (None, exam.statement)
        if exam is None or (written and not any(_missing(s, kept_id, predictions, impressions))):
            return False
    with _session(write=True) as s:
        exam = s.get(KeptExam, kept_id)
        if exam is None:
            return False
        _write(exam, note, statement)
        _add(s, kept_id, predictions, impressions)
    return True


def open_kept(kept_id: str) -> Kept:
    """Views, impressions and what was written of a kept case.

    Raises
    ------
    KeepingError
        If it is not there, or a picture is damaged.
    """
    entry = find(kept_id)
    with _session() as s:
        rows = s.exec(select(KeptImpression).where(KeptImpression.exam_id == entry.id).order_by(col(KeptImpression.id))).all()
        impressions = tuple(r.impression for r in rows)
        exam = s.get_one(KeptExam, entry.id)
    return Kept(entry.id, tuple(open_view(v.sha256) for v in entry.views), impressions, exam.note, exam.statement)


def open_view(sha256: str) -> Scan:
    """One kept picture.

    Raises
    ------
    KeepingError
        If it is not there, or damaged.
    """
    return picture.read(keep_folder() / PICTURES / picture.file_name(sha256))


def delete(kept_id: str) -> tuple[str, ...]:
    """Delete a case: its pictures are overwritten and removed, its rows and the log's copies of them are gone. Returns the views' sha256.

    Raises
    ------
    KeepingError
        If it is not there, the disk or the database refuses, or another program still holds an older state of the database.
    """
    folder, entry = keep_folder(), find(kept_id)
    shas = tuple(v.sha256 for v in entry.views)
    try:
        with _session(write=True) as s:
            # Pictures first: if the machine stops here, rows without pictures are left, which the list shows and a second delete removes.
            for sha in shas:
                for path in (folder / PICTURES).glob(f"*{sha}*"):
                    picture.shred(path)
            _sweep(s, folder / PICTURES)
            _drop(s, entry.id, shas)
    except OSError as e:
        raise KeepingError(f"The case could not be deleted ({e.strerror}).", f"Check the rights of {folder}.") from e
    if not database.purge(folder / DATABASE):
        raise KeepingError(
            "The case is deleted, but another program still holds an older state of the database.",
            "Close that program; the last of it goes then.",
        )
    return shas


def delete_all() -> int:
    """Delete every kept case, and the folder's files with them; works on a damaged database too. Returns how many pictures there were.

    Raises
    ------
    KeepingError
        If another program writes just now, or the disk refuses.
    """
    folder = keep_folder()
    if not folder.is_dir():
        return 0
    count = len(list((folder / PICTURES).glob("*.npz")))
    try:
        for entry in entries():
            delete(entry.id)
    except database.Damaged:
        database.remove(folder / DATABASE)
    try:
        for path in (folder / PICTURES).glob("*"):
            picture.shred(path)
    except OSError as e:
        raise KeepingError(f"Not all pictures could be deleted ({e.strerror}).", f"Check the rights of {folder}.") from e
    return count


@contextmanager
def _session(write: bool = False):
    with database.session(keep_folder() / DATABASE, write) as s:
        yield s


def _exam_of(s: Session, scans: Sequence[Scan]) -> str:
    """The id under which these views are kept: that of the first that is kept already, else a new one."""
    view = s.exec(select(KeptView).where(col(KeptView.sha256).in_([x.sha256 for x in scans]))).first()
    exam = s.get(KeptExam, view.exam_id) if view else None
    if exam is None:
        exam = KeptExam(id=secrets.token_hex(4), kept_at=datetime.now().replace(microsecond=0))
    s.add(exam)
    s.flush()
    return exam.id


def _write(exam: KeptExam, note: str | None, statement: dict[str, str] | None) -> None:
    exam.note = exam.note if note is None else note
    exam.statement = exam.statement if statement is None else dict(statement)


def _name_views(s: Session, kept_id: str, scans: Sequence[Scan], parts: dict[str, Path], pictures: Path) -> None:
    """Rows and final names of the views; an exam that another one took all views from goes."""
    left = set()
    for place, scan in enumerate(scans):
        view = s.get(KeptView, scan.sha256)
        if view is not None and view.exam_id != kept_id:
            left.add(view.exam_id)
        size = parts[scan.sha256].stat().st_size
        s.merge(
            KeptView(
                sha256=scan.sha256,
                pixel_sha256=scan.pixel_sha256,
                exam_id=kept_id,
                place=place,
                label=scan.label,
                synthetic=scan.synthetic,
                size=size,
            )
        )
        os.replace(parts[scan.sha256], pictures / picture.file_name(scan.sha256))
    s.flush()
    for other in left:
        for row in s.exec(select(KeptImpression).where(KeptImpression.exam_id == other)):
            row.exam_id = kept_id
        s.flush()
        if s.exec(select(KeptView).where(KeptView.exam_id == other)).first() is None:
            s.delete(s.get_one(KeptExam, other))
    s.flush()
    _sync(pictures)


def _add(s: Session, kept_id: str, predictions: Sequence[KeptPrediction], impressions: Sequence[Impression]) -> None:
    new_predictions, new_impressions = _missing(s, kept_id, predictions, impressions)
    for p in new_predictions:
        s.add(KeptPrediction(**p.model_dump(exclude={"id"})))
    for i in new_impressions:
        s.add(KeptImpression.of(kept_id, i))


def _missing(s: Session, kept_id: str, predictions, impressions) -> tuple[list[KeptPrediction], list[Impression]]:
    shas = set(s.exec(select(KeptView.sha256).where(KeptView.exam_id == kept_id)))
    kept = s.exec(select(KeptPrediction).where(col(KeptPrediction.scan_sha256).in_(shas))).all()
    rows = s.exec(select(KeptImpression).where(KeptImpression.exam_id == kept_id)).all()
    told = {r.impression for r in rows}
    wanted = [p for p in predictions if p.scan_sha256 in shas and not any(same(p, k) for k in kept)]
    return wanted, [i for i in impressions if i not in told]


def _drop(s: Session, kept_id: str, shas: Sequence[str]) -> None:
    for model, column, values in (
        (KeptPrediction, KeptPrediction.scan_sha256, shas),
        (KeptImpression, KeptImpression.exam_id, [kept_id]),
        (KeptView, KeptView.exam_id, [kept_id]),
        (KeptExam, KeptExam.id, [kept_id]),
    ):
        for row in s.exec(select(model).where(col(column).in_(values))):
            s.delete(row)
        s.flush()


def _sweep(s: Session, pictures: Path) -> None:
    """Remove pictures that a crash left without a row. Names are given within a write transaction only, so none is on its way now."""
    known = {picture.file_name(sha) for sha in s.exec(select(KeptView.sha256))}
    for path in pictures.glob("*.npz"):
        if path.name not in known:
            picture.shred(path)
    for path in pictures.glob(".*.part"):
        if path.exists() and time.time() - path.stat().st_mtime > STALE:
            picture.shred(path)


def _sync(folder: Path) -> None:
    """Bring the new names to the disk before the rows that speak of them."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
