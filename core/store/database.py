"""The database of saved cases: SQLite, short transactions, nothing left of what was deleted."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool
from sqlmodel import Session, create_engine

from core.errors import StoreError
from core.store import remedy
from core.store.records import SCHEMA, Row

# File systems without the shared memory, or without the locks, that a write-ahead log needs (sqlite.org/wal.html, "Disadvantages").
NETWORK = {
    "nfs",
    "nfs4",
    "lustre",
    "cifs",
    "smb3",
    "smbfs",
    "vboxsf",
    "9p",
    "virtiofs",
    "fuse.sshfs",
    "gpfs",
    "beegfs",
    "ceph",
    "afs",
    "ncpfs",
}
PATIENCE = 20.0  # seconds that one writer waits for another; a transaction takes milliseconds


class Damaged(StoreError):
    """A database that cannot be read any more."""


@contextmanager
def session(path: Path, write: bool = False) -> Iterator[Session]:
    """A transaction; committed at the end of the block, rolled back on an error. With `write` it is the only writer from the start.

    Raises
    ------
    StoreError
        If another program holds the database for too long, the disk is full, or the database is of another version; `Damaged` if
        it cannot be read.
    """
    with _plain_words(path):
        _prepare(path)
        engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool, connect_args={"timeout": PATIENCE})
        event.listen(engine, "connect", lambda raw, _: _configure(raw))
        # Python's own BEGIN comes late and shared, so that two readers who both go on to write fail; ours says at once what is meant.
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN"))
        with Session(engine, expire_on_commit=False) as s, s.begin():
            yield s


def purge(path: Path) -> bool:
    """Rewrite the database without its free pages and empty the log; False while another program still reads an older state.

    Deleted rows are zeroed by `secure_delete`, but the write-ahead log holds the pages as they were.
    """
    with _plain_words(path):
        raw = sqlite3.connect(path, timeout=PATIENCE)
        try:
            _configure(raw)
            raw.execute("VACUUM")
            until = time.monotonic() + PATIENCE / 4
            while raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if time.monotonic() > until:
                    return False
                time.sleep(0.05)
            return True
        finally:
            raw.close()


def remove(path: Path) -> None:
    """Remove the database with its log, whatever state it is in."""
    from core.store.scan_file import shred

    for suffix in ("-wal", "-shm", "-journal", ""):
        shred(path.with_name(path.name + suffix))


def _configure(raw: sqlite3.Connection) -> None:
    raw.isolation_level = None
    for pragma in ("secure_delete = ON", "synchronous = FULL", "foreign_keys = ON", "temp_store = MEMORY"):
        raw.execute(f"PRAGMA {pragma}")


def _prepare(path: Path) -> None:
    """Make the tables of a new database; refuse one of another version."""
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # its log and index take over these rights
    raw = sqlite3.connect(path, timeout=PATIENCE)
    try:
        _configure(raw)
        found = _version(raw)
        if found == 0:
            _make(raw, path)
        elif found != SCHEMA:
            raise StoreError(
                f"The database of saved cases was written by another version of the program (schema {found}, not {SCHEMA}).",
                "Use that version, or set SECOND_READER_SAVED to another folder.",
            )
    finally:
        raw.close()


def _version(raw: sqlite3.Connection) -> int:
    return raw.execute("PRAGMA user_version").fetchone()[0]


def _make(raw: sqlite3.Connection, path: Path) -> None:
    from sqlalchemy.dialects import sqlite
    from sqlalchemy.schema import CreateIndex, CreateTable

    _choose_journal(raw, path)
    raw.execute("BEGIN IMMEDIATE")
    if _version(raw) == 0:  # another process may have been faster
        dialect = sqlite.dialect()
        for table in Row.metadata.sorted_tables:
            raw.execute(str(CreateTable(table).compile(dialect=dialect)))
            for index in table.indexes:
                raw.execute(str(CreateIndex(index).compile(dialect=dialect)))
        raw.execute(f"PRAGMA user_version = {SCHEMA}")
    raw.execute("COMMIT")


def _choose_journal(raw: sqlite3.Connection, path: Path) -> None:
    """A write-ahead log on a local drive, SQLite's rollback journal where shared memory or locks between machines are not to be had."""
    if file_system(path) in NETWORK:
        raw.execute("PRAGMA journal_mode = DELETE")
        return
    until = time.monotonic() + PATIENCE
    while True:  # changing to WAL needs the file alone and does not wait for it
        try:
            raw.execute("PRAGMA journal_mode = WAL")  # where the drive has no shared memory SQLite stays with the rollback journal
            return
        except sqlite3.OperationalError as e:
            if "locked" in str(e) and time.monotonic() < until:
                time.sleep(0.02)
            elif "locked" in str(e):
                raise
            else:
                raw.execute("PRAGMA journal_mode = DELETE")
                return


def file_system(path: Path) -> str:
    """Type of the file system that holds a path, e.g. "ext4" or "nfs4"; "" where the system does not say."""
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/self/mounts").read_text("utf-8", "replace").splitlines()]
    except OSError:
        return ""
    folder = path.resolve()
    holding = [(len(point), kind) for point, kind in mounts if folder.is_relative_to(point.replace("\\040", " "))]
    return max(holding, default=(0, ""))[1]


@contextmanager
def _plain_words(path: Path) -> Iterator[None]:
    """SQLite's errors as sentences. None of them advises to delete: what looks damaged may be a drive that is full or away."""
    try:
        yield
    except (DatabaseError, sqlite3.Error) as e:
        cause = str(getattr(e, "orig", None) or e).splitlines()[0]
        if any(word in cause for word in ("malformed", "not a database", "no such table", "no such column")):
            raise Damaged(f"The database of saved cases is damaged ({cause}). Images can be scored without it.", _restore(path)) from e
        if "locked" in cause or "busy" in cause:
            raise StoreError("Another program is writing to the saved cases.", "Try again in a moment.") from e
        if "full" in cause:
            raise StoreError("The drive of the saved cases is full.", remedy(path.parent)) from e
        raise StoreError(f"The saved cases cannot be read or written ({cause}).", remedy(path.parent)) from e
    except ValueError as e:  # JSON in a row that is none any more
        raise Damaged("The database of saved cases holds a row that is not valid. Images can be scored without it.", _restore(path)) from e


def _restore(path: Path) -> str:
    return f"Restore {path.parent} from a backup, or set SECOND_READER_SAVED to a new folder; the images in it stay untouched."
