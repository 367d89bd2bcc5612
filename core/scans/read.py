"""The one door for files: bytes in, Scan out, or one ScanError."""

import sys
import threading
import warnings

from core.errors import ScanError
from core.scans.scan import Scan

_WARNINGS = threading.Lock()  # Python's warning filters belong to the whole process
MAX_BYTES = 512 * 2**20  # a four-byte 4096 × 3328 mammogram is 55 MB; a tomosynthesis stack can be larger and is refused anyway


def read_scan(data: bytes, name: str = "") -> Scan:
    """Read one mammogram from the bytes of a DICOM, PNG, JPEG, TIFF or PGM file.

    The format is known by its first bytes. `name` is accepted for symmetry with uploads and kept
    nowhere: file names often hold a patient's name.

    Raises
    ------
    ScanError
        For every file that cannot be read as one view; the text says why and what to do.
    """
    from core.scans import dicom, raster  # pydicom and its decoders take a third of a second to import; a first page needs none

    del name
    if not data:
        raise ScanError("The file is empty.", "Export it again from the source system.")
    if len(data) > MAX_BYTES:
        raise ScanError(f"The file is larger than {MAX_BYTES // 2**20} MB.", "Upload one view as one file.")
    try:
        with _WARNINGS, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom and Pillow warn of much that is harmless; the checks here decide
            if dicom.looks_like(data):
                return dicom.read(data)
            if raster.looks_like(data):
                return raster.read(data)
    except ScanError:
        raise
    except Exception as e:
        # pydicom, Pillow and their plug-ins leak a dozen classes on damaged files (RecursionError,
        # struct.error, MemoryError, ...). None of them tells a reader anything; this is the boundary.
        raise ScanError("The file is damaged or incomplete.", "Export or copy it again from the source system.") from (
            e if sys.flags.dev_mode else None
        )
    raise ScanError("This is no DICOM, PNG, JPEG, TIFF or PGM file.", "Export the view in one of these formats.")
