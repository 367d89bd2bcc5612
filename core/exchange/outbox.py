"""The queue of results on their way to an archive or node, on disk: it survives a restart, and an archive that is down.

A folder a delivery: the objects, which name the patient, and `delivery.json`, which does not. An object is overwritten and removed as soon
as the destination has confirmed it, and after `DAYS` in any case. What stays is the record that something was sent.
"""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import SecondReaderError, of_os_error
from core.exchange import ExchangeError, RefusedError
from core.exchange.objects.instance import Instance
from core.exchange.send import destination, send
from core.exchange.settings import ExchangeSettings
from core.files import read_json, write_json
from core.folders import outbox_folder
from core.service import audit_log
from core.store.scan_file import shred

DAYS = 7  # an object waits no longer than this
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(hours=1)
RECORD = "delivery.json"
State = Literal["waiting", "sent", "failed"]


class Delivery(BaseModel):
    """Objects on their way to one destination. Holds nothing of the patient.

    Attributes
    ----------
    id : str
        Follows from destination and objects: the same objects are queued once.
    to : str
        Name of the archive or node.
    scans : tuple of str
        sha256 of the images that the results are about.
    objects : int
        How many there were at first.
    queued_at, next_at : datetime
        Local times; `next_at` is when it is due.
    attempts : int
    state : State
    error : str
        Why the last attempt failed, in one sentence.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    to: str
    scans: tuple[str, ...]
    objects: int
    queued_at: datetime
    next_at: datetime
    attempts: int = 0
    state: State = "waiting"
    error: str = ""

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return outbox_folder() / self.id

    def left(self) -> list[Path]:
        """Objects that are not confirmed yet, in order."""
        return sorted(self.folder.glob("*.dcm"))


def enqueue(instances: Sequence[Instance], scans: Sequence[str], to: str, now: datetime) -> Delivery:
    """Put objects into the queue. All of them are on the disk when this returns; what was queued or sent before is queued again.

    Raises
    ------
    ExchangeError
        If the disk refuses.
    """
    name = hashlib.sha256("\0".join([to, *(i.uid for i in instances)]).encode()).hexdigest()[:16]
    made = Delivery(id=name, to=to, scans=tuple(scans), objects=len(instances), queued_at=now, next_at=now)
    part = outbox_folder() / f".{name}.{secrets.token_hex(4)}.part"
    try:
        part.mkdir(parents=True, mode=0o700)
        outbox_folder().chmod(0o700)
        for n, instance in enumerate(instances):
            _write(part / f"{n:04}.dcm", instance.data)
        _write(part / RECORD, made.model_dump_json().encode())
        with _locked(name):
            _remove(made.folder)
            part.rename(made.folder)
            _sync(outbox_folder())
    except OSError as e:
        _remove(part)
        reason = of_os_error(e)
        raise ExchangeError(reason.what, reason.remedy) from e
    return made


def deliveries() -> list[Delivery]:
    """All of them, the newest first; one whose record is damaged is left out."""
    found = []
    for path in outbox_folder().glob(f"*/{RECORD}"):
        if not path.parent.name.startswith("."):
            try:
                found.append(Delivery.model_validate(read_json(path)))
            except (OSError, ValueError, ValidationError):
                continue
    return sorted(found, key=lambda d: d.queued_at, reverse=True)


def of_scans(scans: Sequence[str]) -> Delivery | None:
    """The newest delivery of results about any of these images."""
    wanted = set(scans)
    return next((d for d in deliveries() if wanted & set(d.scans)), None)


def due(now: datetime) -> list[Delivery]:
    """Waiting deliveries whose time has come, the oldest first."""
    return [d for d in reversed(deliveries()) if d.state == "waiting" and d.next_at <= now]


def attempt(delivery: Delivery, settings: ExchangeSettings, now: datetime) -> Delivery:
    """Send what is left of a delivery; returns it as it is then. One that another process is sending is left alone."""
    with _locked(delivery.id, wait=False) as mine:
        if not mine:
            return delivery
        try:  # another process may have finished it since it was listed
            delivery = Delivery.model_validate(read_json(delivery.folder / RECORD))
        except (OSError, ValueError):
            return delivery
        if delivery.state != "waiting":
            return delivery
        try:
            for file in send(delivery.left(), destination(settings, delivery.to), settings.receiver.ae_title):
                shred(file)
            done = delivery.model_copy(update={"state": "sent", "attempts": delivery.attempts + 1, "error": ""})
        except SecondReaderError as e:
            done = _failed(delivery, e, now)
        except Exception as e:  # of the libraries; their texts may hold values of the patient
            done = _failed(delivery, ExchangeError(f"An object could not be sent ({type(e).__name__}).", "It is tried again."), now)
        if done.state != "waiting":
            for file in delivery.left():
                shred(file)
        write_json(delivery.folder / RECORD, done.model_dump(mode="json"))
    if done.state != "waiting":
        audit_log.record("send", images=done.scans, detail=done.to, outcome="done" if done.state == "sent" else "failed")
    return done


def _failed(delivery: Delivery, e: SecondReaderError, now: datetime) -> Delivery:
    attempts = delivery.attempts + 1
    over = isinstance(e, RefusedError) or now - delivery.queued_at > timedelta(days=DAYS)
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(delivery.attempts, 16))
    return delivery.model_copy(
        update={"state": "failed" if over else "waiting", "attempts": attempts, "error": e.what, "next_at": now + wait}
    )


def discard(delivery: Delivery) -> None:
    """Overwrite and remove a delivery with its record."""
    with _locked(delivery.id):
        _remove(delivery.folder)


def sweep() -> int:
    """Remove what an interrupted enqueueing left behind; returns how many folders."""
    left = [p for p in outbox_folder().glob(".*.part") if _is_old(p)]
    for part in left:
        _remove(part)
    return len(left)


def _is_old(part: Path) -> bool:
    return datetime.now().timestamp() - part.stat().st_mtime > 3600


@contextmanager
def _locked(name: str, wait: bool = True) -> Iterator[bool]:
    """The lock of a delivery among processes; yields whether it was got."""
    lock = FileLock(outbox_folder() / f".{name}.lock", mode=0o600)
    try:
        lock.acquire(blocking=wait)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _write(path: Path, data: bytes) -> None:
    with open(path, "xb", opener=lambda p, flags: os.open(p, flags, 0o600)) as f:
        f.write(data)
        f.flush()
        os.fsync(f.fileno())


def _sync(folder: Path) -> None:
    if os.name == "posix":  # Windows has no such call
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove(folder: Path) -> None:
    for file in folder.glob("*.dcm"):
        shred(file)
    shutil.rmtree(folder, ignore_errors=True)
