"""Delete saved cases, and sweep what a killed process left behind. Files are overwritten before they are removed."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sqlmodel import Session, col, select

from core.errors import StoreError
from core.folders import saved_folder
from core.store import DATABASE, IMAGES, anything_saved, database, disk_error, scan_file
from core.store.listing import entries, find
from core.store.records import SavedAssessment, SavedExam, SavedPrediction, SavedView


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
        with database.session(folder / DATABASE, write=True) as s:
            # Images first: if the machine stops here, rows without images are left, which the list shows and a second delete removes.
            for sha in shas:
                for path in (folder / IMAGES).glob(f"*{sha}*"):
                    scan_file.shred(path)
            sweep_images(s, folder / IMAGES)
            _drop(s, entry.id, shas)
    except OSError as e:
        raise disk_error("The case could not be deleted", e) from e
    if not database.purge(folder / DATABASE):
        raise StoreError(
            "The case is deleted, but another program still holds an older state of the database.",
            "Close that program; the rest is removed then.",
        )
    return shas


def delete_all() -> int:
    """Delete every saved case, and the folder's files with them; works on a damaged database too. Returns how many images there were.

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
        raise disk_error("Not all images could be deleted", e) from e
    return count


def sweep() -> int:
    """Remove what an interrupted save left behind, at the start of a program; returns how many files. A store in use is left alone.

    Without a database only unfinished files go: whole images without one may belong to a database that is to be restored.
    """
    folder = saved_folder()
    if not (folder / IMAGES).is_dir():
        return 0
    with suppress(StoreError, OSError):
        if not anything_saved():
            return _sweep_parts(folder / IMAGES)
        with database.session(folder / DATABASE, write=True) as s:
            return sweep_images(s, folder / IMAGES)
    return 0


def sweep_images(s: Session, images: Path) -> int:
    """Remove images that a crash left without a row. Names are given within a write transaction only, so none is on its way now."""
    known = {scan_file.file_name(sha) for sha in s.exec(select(SavedView.sha256))}
    lost = [path for path in images.glob("*.npz") if path.name not in known]
    for path in lost:
        scan_file.shred(path)
    return len(lost) + _sweep_parts(images)


def _sweep_parts(images: Path) -> int:
    lost = [path for path in images.glob(".*.part") if scan_file.is_leftover(path)]
    for path in lost:
        scan_file.shred(path)
    return len(lost)


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
