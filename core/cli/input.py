"""What commands read: files, folders of them, and standard input."""

import os
import sys
from collections.abc import Iterable, Iterator

from core.errors import ScanError, SecondReaderError


def expanded(files: Iterable[str]) -> Iterator[str]:
    """The files themselves, and those below folders, by name; hidden files and a DICOMDIR are left out. An empty folder stays."""
    for file in files:
        yield from (_below(file) if os.path.isdir(file) else ()) or [file]


def image_bytes(file: str) -> bytes:
    """The bytes of a file, or of standard input for "-".

    Raises
    ------
    ScanError
        If it is no regular file, too large, or cannot be opened; also for an empty folder and a pattern that the shell left as it is.
    """
    if os.path.isdir(file):
        raise ScanError("The folder holds no files.", "Check the path.")
    if any(c in file for c in "*?[") and not os.path.lexists(file):
        raise ScanError("No file matches this pattern.", "Check the folder and the pattern.")
    return _read(file)


def table_bytes(file: str) -> bytes:
    """The bytes of a table, or of standard input for "-"; errors name the file."""
    try:
        return _read(file)
    except ScanError as e:
        raise SecondReaderError(f"{file}: {e.what}", e.remedy) from e


def _read(file: str) -> bytes:
    from core.scans.read import read_file, read_stream  # numpy: not before a file needs it

    return read_stream(sys.stdin.buffer) if file == "-" else read_file(file)


def _below(root: str) -> list[str]:
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(d for d in folders if not d.startswith("."))
        found += [os.path.join(folder, n) for n in sorted(names) if not n.startswith(".") and n.upper() != "DICOMDIR"]
    return found
