"""Writing that survives a crash, and the hashes by which files are known. No torch."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    import pandas as pd


_UMASK = os.umask(0)  # read once: the call is of the whole process, and two threads could leave it at 0
os.umask(_UMASK)


def sha256_bytes(data: bytes) -> str:
    """Hex sha256 of `data`."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Hex sha256 of a file's bytes, read in pieces."""
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path in the same folder that replaces `path` when the block ends without an error.

    A crash, a full disk or `kill -9` leaves the previous file whole: the bytes are flushed to the disk
    before the name moves. An OSError names `path`, not the temporary file. A link stays one; a device or
    a pipe, such as /dev/stdout, is written to as it is.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = None
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            yield path
            return
        target = path.resolve()
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:200]}.", suffix=".part")
        os.close(handle)
        part = Path(name)
        yield part
        with open(part, "rb") as f:
            os.fsync(f.fileno())
        os.chmod(part, 0o666 & ~_UMASK)  # mkstemp makes 0600; a shared checkpoint folder needs the usual rights
        os.replace(part, target)
    except OSError as e:
        if e.filename is None or str(e.filename).endswith(".part"):
            e.filename = str(path)
        raise
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def reserve(path: Path, size: int) -> None:
    """Give an existing file `size` bytes that lie on the disk, so that writing through a memory map cannot meet a full disk.

    A map over a sparse file would end the process with SIGBUS instead of an OSError.
    """
    with open(path, "r+b") as f:
        if hasattr(os, "posix_fallocate") and size:
            os.posix_fallocate(f.fileno(), 0, size)
        else:
            f.truncate(size)


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` atomically."""
    with atomic_path(path) as part:
        part.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 atomically."""
    write_bytes(path, text.encode())


def csv_text(frame: "pd.DataFrame", float_format: str | None = None) -> str:
    """A table as CSV for people. A text cell that a spreadsheet would run as a formula gets an apostrophe in front.

    Such a cell begins with =, +, -, @, a tab or a carriage return (OWASP, CSV injection) and is no number.
    """
    safe = frame.map(_no_formula).rename(columns=_no_formula)
    return safe.to_csv(index=False, float_format=float_format, lineterminator="\r\n")  # as RFC 4180 has it


def _no_formula(cell: Any) -> Any:  # noqa: ANN401, a cell of any kind
    if not isinstance(cell, str) or not cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def write_json(path: Path, value: object) -> None:
    """Write JSON atomically, two-space indent, keys in the order given.

    Raises
    ------
    ValueError
        If `value` holds NaN or an infinity: those are not JSON, and an undefined number is written as
        null with its reason.
    """
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:  # noqa: ANN401, what JSON holds
    """Read JSON; NaN and infinities are refused as in `write_json`."""
    return json.loads(Path(path).read_text("utf-8"), parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
