"""The inbox: received mammograms on disk until they are opened, a folder a study, under names that lead back to nobody. No torch."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.exchange import ExchangeError
from core.exchange.header import read_header
from core.exchange.mammograms import MODALITY, STORED
from core.exchange.settings import Inbox
from core.files import write_bytes
from core.scans.identity import salted_key

SUFFIX = ".dcm"
UNFINISHED_S = 600  # seconds after which a write that has not ended never will
_HEADER = ["SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "PatientID", "IssuerOfPatientID", "Modality", "NumberOfFrames"]


class NotAMammogram(ExchangeError):
    """A DICOM object that is no 2D mammogram."""


class Full(ExchangeError):
    """The inbox has reached its quota, or the disk is full."""


@dataclass(frozen=True)
class Received:
    """A study in the inbox."""

    key: str
    files: tuple[Path, ...]


def prepare(inbox: Inbox) -> None:
    """Make the folder, for this account alone; a page that is open then knows that something may come."""
    inbox.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    inbox.folder.chmod(0o700)  # it may have been there before


def path_for(folder: Path, data: bytes) -> Path:
    """Where an instance lies: the keyed hash of patient and study, then that of the instance.

    The patient is part of it: an instance of another patient under the same study UID gets a folder of its own.

    Raises
    ------
    NotAMammogram
        If it is no 2D mammogram.
    ExchangeError
        If it is no DICOM file.
    """
    values = read_header(data, _HEADER)
    if values["SOPClassUID"] not in STORED or values["Modality"] != MODALITY or values["NumberOfFrames"] not in ("", "1"):
        raise NotAMammogram("The object is no 2D mammogram.", "Send mammograms only.")
    study = salted_key("inbox", "\0".join((values["StudyInstanceUID"], values["PatientID"], values["IssuerOfPatientID"])))
    instance = salted_key("inbox", values["SOPInstanceUID"])
    if not values["StudyInstanceUID"] or instance is None:
        raise NotAMammogram("The object has no study or instance UID.", "Correct it at its source.")
    return folder / str(study) / f"{instance}{SUFFIX}"


def store(inbox: Inbox, data: bytes, used: int) -> int:
    """Write one instance so that neither a crash nor `kill -9` can lose it once this returns; one that is sent again replaces the first.

    Parameters
    ----------
    inbox : Inbox
    data : bytes
        A DICOM file.
    used : int
        Bytes in the inbox, as `used` counts them.

    Returns
    -------
    int
        By how many bytes the inbox has grown.

    Raises
    ------
    Full
        If the quota is reached or the disk is full.
    ExchangeError
        As `path_for`.
    """
    path = path_for(inbox.folder, data)
    before = path.stat().st_size if path.exists() else 0
    if used - before + len(data) > inbox.quota:
        raise Full(f"The inbox has reached its quota of {inbox.quota_gb:g} GB.", "Wait until images expire, or raise inbox.quota_gb.")
    try:
        prepare(inbox)
        write_bytes(path, data)
        for folder in (path.parent, inbox.folder):
            _sync(folder)
    except OSError as e:
        raise Full(f"The inbox cannot be written ({e.strerror}).", "Free some space, or check the folder's permissions.") from e
    return len(data) - before


def _sync(folder: Path) -> None:
    """Put the names in a folder on the disk; Windows has no such call."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def used(folder: Path) -> int:
    """Bytes in the inbox."""
    return sum(_size(f) for f in folder.glob(f"*/*{SUFFIX}"))


def studies(inbox: Inbox) -> Iterator[Received]:
    """The studies that count as complete: nothing has come for `settle_s` seconds. Cheap enough to be called every few seconds."""
    try:
        folders = [e for e in os.scandir(inbox.folder) if e.is_dir()]
    except OSError:
        return
    for entry in sorted(folders, key=lambda e: e.name):
        try:
            settled = time.time() - entry.stat().st_mtime >= inbox.settle_s  # a name that appears changes its folder's time
            files = tuple(sorted(Path(entry.path).glob(f"*{SUFFIX}"))) if settled else ()
        except OSError:
            continue  # it expired just now
        if files:
            yield Received(entry.name, files)


def sweep(inbox: Inbox, now: float | None = None) -> int:
    """Delete what is older than `keep_hours`, and what an interrupted write left behind; returns how many files."""
    now = time.time() if now is None else now
    old = [f for f in inbox.folder.glob("*/*") if _time(f) < now - (UNFINISHED_S if f.suffix == ".part" else inbox.keep_hours * 3600)]
    delete(old)
    return len(old)


def delete(files: Sequence[Path]) -> None:
    """Delete files of the inbox, and the folders that are empty then."""
    for file in files:
        file.unlink(missing_ok=True)
    for folder in {f.parent for f in files}:
        try:
            folder.rmdir()
        except OSError:
            continue  # something has come meanwhile


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _time(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return float("inf")
