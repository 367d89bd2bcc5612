"""A ZIP archive of scans, unpacked in memory within limits. Nothing touches the disk, so no path in it can escape."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath

from core.errors import ScanError

MAX_FILES = 200
MAX_TOTAL = 2 * 2**30  # bytes after unpacking
MAX_RATIO = 200  # unpacked over packed size of one file; real scans stay far below, bombs do not
SMALLER = "Upload the views themselves, or a smaller archive."


def looks_like(data: bytes) -> bool:
    """True for the first bytes of a ZIP archive."""
    return data[:4] == b"PK\x03\x04"


def unpack(data: bytes) -> Iterator[tuple[str, bytes]]:
    """(name without folders, bytes) of each file in an archive, in its order; hidden files and DICOMDIR are left out.

    Raises
    ------
    ScanError
        If the archive is damaged, encrypted, or would unpack to more than `MAX_FILES` files or `MAX_TOTAL` bytes.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [e for e in archive.infolist() if _wanted(e)]
            _check(entries)
            for entry in entries:
                with archive.open(entry) as f:
                    content = f.read(entry.file_size + 1)
                if len(content) != entry.file_size:
                    raise ScanError("The archive says less than it holds.", SMALLER)
                yield PurePosixPath(entry.filename).name, content
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as e:
        raise ScanError("The archive is damaged, or packed in a way that is not understood.", "Pack it again as a plain ZIP.") from e


def _wanted(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    hidden = any(part.startswith((".", "__MACOSX")) and part != ".." for part in path.parts)
    return not entry.is_dir() and not hidden and path.name.upper() != "DICOMDIR" and entry.file_size > 0


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if any(e.flag_bits & 1 for e in entries):
        raise ScanError("The archive is encrypted.", "Unpack it, and upload the views.")
    if len(entries) > MAX_FILES:
        raise ScanError(f"The archive holds {len(entries)} files; {MAX_FILES} are read at once.", SMALLER)
    if sum(e.file_size for e in entries) > MAX_TOTAL:
        raise ScanError(f"The archive would unpack to more than {MAX_TOTAL // 2**30} GB.", SMALLER)
    if any(e.file_size > MAX_RATIO * max(1, e.compress_size) and e.file_size > 2**24 for e in entries):
        raise ScanError("A file of the archive would unpack to hundreds of times its size.", SMALLER)
