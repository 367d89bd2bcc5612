"""The one door for files: bytes in, Scan out, or one ScanError."""

import os
import stat
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core.errors import ScanError, of_os_error
from core.scans.scan import Scan

_WARNINGS = threading.Lock()  # Python's warning filters belong to the whole process
MAX_BYTES = 512 * 2**20  # a four-byte 4096 × 3328 mammogram is 55 MB; a tomosynthesis stack can be larger and is refused anyway


def read_scan(data: bytes, name: str = "") -> Scan:
    """Read one mammogram from the bytes of a DICOM, PNG, JPEG, TIFF, PGM or PPM file.

    The format is known by its first bytes. `name` is accepted for symmetry with uploads and saved
    nowhere: file names often hold a patient's name.

    Raises
    ------
    ScanError
        For every file that cannot be read as one view; the text says why and what to do.
    """
    from core.scans import (
        dicom,
        formats,
        part10,
        raster,
    )  # pydicom and its decoders take a third of a second to import; a first page needs none

    del name
    if not data:
        raise ScanError("The file is empty.", "Export it again from the source system.")
    if len(data) > MAX_BYTES:
        raise _too_large()
    try:
        with quiet():
            if part10.looks_like(data):
                return dicom.read(data)
            if raster.format_of(data):
                return raster.read(data)
    except ScanError:
        raise
    except Exception as e:
        # pydicom, Pillow and their plug-ins leak a dozen classes on damaged files (RecursionError,
        # struct.error, MemoryError, ...). None of them helps a user; this is the boundary.
        raise ScanError("The file is damaged or incomplete.", "Export or copy it again from the source system.") from (
            e if sys.flags.dev_mode else None
        )
    what, remedy = formats.named(data) or ("not a DICOM, PNG, JPEG, TIFF, PGM or PPM file", "Export the view in one of these formats.")
    raise ScanError(f"This is {what}.", remedy)


@contextmanager
def quiet() -> Iterator[None]:
    """Silence pydicom and Pillow, which warn of much that is harmless and quote values; one thread at a time."""
    with _WARNINGS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def read_file(path: str | Path) -> bytes:
    """The bytes of an image file; its kind and size are checked before it is opened, so that no pipe or device is waited for.

    Raises
    ------
    ScanError
        If it is missing, no regular file, larger than `MAX_BYTES`, or cannot be opened.
    """
    try:
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):
            raise ScanError("This is a folder, not a file.", "Name the files in it.")
        if not stat.S_ISREG(found.st_mode):
            raise ScanError("This is a pipe or a device, not a file.", "Name a file, or - for standard input.")
        if found.st_size > MAX_BYTES:
            raise _too_large()
        with open(path, "rb") as stream:
            return read_stream(stream)
    except OSError as e:
        reason = of_os_error(OSError(e.errno, e.strerror, "The file"))
        raise ScanError(reason.what, reason.remedy) from e


def read_stream(stream: BinaryIO) -> bytes:
    """The bytes of an open file; ScanError where there are more than `MAX_BYTES`."""
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise _too_large()
    return data


def _too_large() -> ScanError:
    return ScanError(f"The file is larger than {MAX_BYTES // 2**20} MB.", "Export one view as one file.")
