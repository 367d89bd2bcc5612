"""The audit log: who did what, when and to which exam, in hash-chained JSON Lines. No torch.

Each line holds its number, the hash of the line before, and its own hash over all of its bytes before that. A second file, the head
record, holds number, hash and size of the last line. So a changed, missing, added or moved line is found, the last one included.
Whoever may write both files can write another log; a copy of each entry by syslog to another machine is the guard against that.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from core.files import write_text
from core.scans.identity import salted_key
from core.scans.scan import Scan
from core.service import syslog
from core.service.settings import ServerError, audit_log, load_settings

Action = Literal["sign-in", "open", "predict", "show", "export", "send", "delete", "settings"]
Outcome = Literal["done", "refused", "failed"]
GENESIS = "0" * 64
LOCAL = "local"  # the actor of the command line, and of a dashboard without sign-in
_LOCK_S = 10.0
_TAIL = len(f',"hash":"{GENESIS}"}}')


class AuditError(ServerError):
    """An audit log that cannot be written or read."""


class Entry(BaseModel):
    """One line. `patient`, `study` and `images` are keyed hashes with this installation's salt; `detail` never names a patient."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    at: datetime
    actor: str
    action: Action
    outcome: Outcome
    patient: str | None
    study: str | None
    images: tuple[str, ...]
    detail: str
    previous: str
    hash: str


class Head(BaseModel):
    """The head record: the last line, and how long the file is with it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = 0
    hash: str = GENESIS
    size: int = 0


@dataclass(frozen=True)
class Verification:
    """What `verify` found: the number of lines, and a sentence for each problem."""

    lines: int
    problems: tuple[str, ...]


def record(
    action: Action,
    actor: str = LOCAL,
    *,
    scans: Sequence[Scan] = (),
    images: Iterable[str] = (),
    detail: str = "",
    outcome: Outcome = "done",
) -> None:
    """Append one entry and flush it to the disk; nothing happens where the audit log is off. Safe for several processes.

    Parameters
    ----------
    action : Action
    actor : str
        Name of the user or API key.
    scans : sequence of Scan
        Views of one patient; only keyed hashes of patient, study and files are written.
    images : iterable of str
        The sha256 of files that are no longer open.
    detail : str
        A word of the program's own, such as the name of a checkpoint or of a destination; never of a patient.
    outcome : Outcome

    Raises
    ------
    AuditError
        If the entry cannot be written: what it should record must not happen then.
    """
    settings = load_settings()
    path = audit_log(settings)
    if path is None:
        return
    hashes = [*(s.sha256 for s in scans), *images]
    fields: dict[str, object] = {
        "at": datetime.now(UTC),
        "actor": actor,
        "action": action,
        "outcome": outcome,
        "patient": next((s.patient_key for s in scans if s.patient_key), None),
        "study": next((s.study_key for s in scans if s.study_key), None),
        "images": tuple(salted_key("image", h) or "" for h in hashes),
        "detail": detail,
    }
    line = _append(path, fields)
    if settings.audit.syslog:
        syslog.send(settings.audit.syslog, action, line)


def head_file(path: Path) -> Path:
    """Where the head record of a log lies."""
    return path.with_name(f"{path.name}.head")


def entries(path: Path) -> Iterator[Entry]:
    """The entries in the order of the file; a line that is none is left out.

    Raises
    ------
    AuditError
        If there is none, or it cannot be read.
    """
    _check_exists(path)
    for line in _lines(path):
        if (entry := _parse(line)) is not None:
            yield entry


def verify(path: Path) -> Verification:
    """Read the whole log and compare it with its hashes and its head record.

    Raises
    ------
    AuditError
        If there is none, or it cannot be read.
    """
    _check_exists(path)
    with _locked(path):
        problems, at, count = [], Head(), 0
        before_last = Head()
        for count, line in enumerate(_lines(path), 1):
            entry = _parse(line)
            if entry is None:
                problems.append(f"Line {count} is not an entry.")
                continue
            if entry.hash != _hash(line):
                problems.append(f"Entry {entry.number} (line {count}) was changed.")
            if entry.number > at.number + 1:
                problems.append(f"Before line {count}, {_missing(at.number + 1, entry.number - 1)}.")
            elif entry.number <= at.number:
                problems.append(f"Entry {entry.number} (line {count}) is repeated, moved, or begins another log.")
            elif entry.previous != at.hash:
                problems.append(f"Entry {entry.number} (line {count}) does not follow the entry before it.")
            before_last, at = at, Head(number=entry.number, hash=entry.hash)
        return Verification(count, (*problems, *_compare(_read_head(path), at, before_last)))


def _check_exists(path: Path) -> None:
    if not path.exists() and not head_file(path).exists():
        raise AuditError(f"There is no audit log {path}.", "It begins with the first entry where it is switched on; docs/api.md shows how.")


def _compare(head: Head | None, last: Head, before_last: Head) -> list[str]:
    """Problems between the head record and the end of the log; an entry whose writer was stopped before it wrote the head is none."""
    if head is None:
        return ["The head record is missing: entries may be missing at the end."] if last.number else []
    if head.number > last.number:
        return [f"At the end, {_missing(last.number + 1, head.number)}."]
    same = head.hash in (last.hash, before_last.hash) and last.number - head.number <= 1
    return [] if same else ["The end of the log does not match the head record."]


def _missing(first: int, last: int) -> str:
    return f"entry {first} is missing" if first == last else f"entries {first} to {last} are missing"


def _append(path: Path, fields: dict[str, object]) -> bytes:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(path):
            head = _settled(path)
            body = Entry.model_validate({"number": head.number + 1, **fields, "previous": head.hash, "hash": GENESIS}).model_dump_json()
            unsigned = body.encode()[:-_TAIL]
            digest = hashlib.sha256(unsigned).hexdigest()
            line = unsigned + f',"hash":"{digest}"}}\n'.encode()
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "ab") as f:
                f.write(line)
                f.flush()
                os.fsync(f.fileno())
                size = f.tell()
            write_text(head_file(path), Head(number=head.number + 1, hash=digest, size=size).model_dump_json() + "\n")
            return line.rstrip()
    except OSError as e:
        raise AuditError(
            f"The audit log {path} cannot be written ({e.strerror or e}).", "Check its folder, permissions and the disk."
        ) from e


def _settled(path: Path) -> Head:
    """The entry that the next one follows. What a stopped writer left behind is taken over where it is whole, else cut off."""
    head = _read_head(path) or Head()
    if not path.exists() or path.stat().st_size <= head.size:
        return head
    with open(path, "r+b") as f:
        f.seek(head.size)
        tail = f.read()
        if not tail.endswith(b"\n"):
            whole = tail.rfind(b"\n") + 1
            f.truncate(head.size + whole)
            tail = tail[:whole]
    entry = _parse(tail.strip()) if tail.count(b"\n") == 1 else None
    if entry is None or (entry.number, entry.previous) != (head.number + 1, head.hash) or entry.hash != _hash(tail.strip()):
        return head
    return Head(number=entry.number, hash=entry.hash)


def _read_head(path: Path) -> Head | None:
    try:
        return Head.model_validate_json(head_file(path).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with open(path, "rb") as f:
            for line in f:
                yield line.strip()
    except FileNotFoundError:
        return
    except OSError as e:
        raise AuditError(f"The audit log {path} cannot be read ({e.strerror or e}).", "Check its permissions.") from e


def _parse(line: bytes) -> Entry | None:
    try:
        return Entry.model_validate_json(line)
    except ValidationError:
        return None


def _hash(line: bytes) -> str:
    return hashlib.sha256(line[:-_TAIL]).hexdigest()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = FileLock(path.with_name(f"{path.name}.lock"), timeout=_LOCK_S)
    try:
        lock.acquire()
    except Timeout as e:
        raise AuditError(f"The audit log {path} is locked by another process.", "Try again.") from e
    except OSError as e:
        raise AuditError(f"The audit log {path} cannot be locked ({e.strerror or e}).", "Check its folder and permissions.") from e
    try:
        yield
    finally:
        lock.release()
