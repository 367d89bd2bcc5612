"""A saved image: one .npz a scan, lossless, with what reading it again needs and nothing that names anybody."""

import io
import json
import os
import platform
import secrets
import tempfile
import time
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from core.errors import SecondReaderError, StoreError
from core.files import sha256_bytes
from core.scans.scan import Scan, pixel_sha256
from core.scans.windows import LookupWindow, Window

FORMAT = 1
# Names of windows are free text of the file; only usual ones and our own survive.
WINDOW_NAMES = {
    "normal",
    "harder",
    "softer",
    "brighter",
    "darker",
    "user",
    "sigmoid",
    "linear",
    "full range",
    "estimated range",
    "from the values",
}
NOT_SAVED = ("values", "windows")  # they are stored next to the header
STALE = 3600  # seconds after which an unfinished file of another machine counts as left over
# Of the process that writes a temporary file: its machine and a token, because a restarted container has the same process number.
_HOST, _RUN = sha256_bytes(platform.node().encode())[:8], secrets.token_hex(4)
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # a ZIP member needs a date; this one says nothing


def file_name(sha256: str) -> str:
    """Name of a scan's file, by the sha256 of its source."""
    return f"{sha256}.npz"


def write_part(scan: Scan, folder: Path) -> Path:
    """Write a scan into a temporary file of `folder`, flushed to the disk and readable by its owner alone; the caller renames it.

    Raises
    ------
    OSError
    """
    handle, name = tempfile.mkstemp(dir=folder, prefix=f".{scan.sha256}.{_HOST}.{os.getpid()}.{_RUN}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as f:
            _write(scan, f)
            f.flush()
            os.fsync(f.fileno())
    except BaseException:
        shred(Path(name))
        raise
    return Path(name)


def is_leftover(part: Path) -> bool:
    """Whether the process that wrote a temporary file is gone or, where that cannot be known, the file is older than `STALE`."""
    try:
        _, _, host, pid, run, *_ = part.name.split(".")
        if os.name == "posix" and host == _HOST:
            return run != _RUN and (int(pid) == os.getpid() or not _alive(int(pid)))
        return time.time() - part.stat().st_mtime > STALE
    except FileNotFoundError:
        return False
    except ValueError:
        return True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def read(path: Path) -> Scan:
    """The scan of a saved image.

    Raises
    ------
    StoreError
        If the file is gone, or is not the image that was saved.
    """
    try:
        with np.load(path, allow_pickle=False) as parts:
            header = json.loads(bytes(parts["scan"]))
            if header.pop("format") != FORMAT:
                raise StoreError("The saved image was written by another version of the program.", "Use that version to open it.")
            values, windows = parts["values"], tuple(_window(w, parts) for w in header.pop("windows"))
        if pixel_sha256(values) != header["pixel_sha256"] or file_name(header["sha256"]) != path.name:
            raise ValueError("not the pixels that were saved")
        attributes: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in header.items()}
        return Scan(values=values, windows=windows, **attributes)
    except FileNotFoundError as e:
        raise StoreError(
            "A saved image is missing from the disk.", "Save the case again from its source file, or restore the folder from a backup."
        ) from e
    except StoreError:
        raise
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, SecondReaderError) as e:
        raise StoreError(
            "A saved image is damaged.", "Save the case again from its source file, or restore the folder from a backup."
        ) from e


def shred(path: Path) -> None:
    """Overwrite a file with zeros, then remove it, also where overwriting fails; one that is gone already is no error.

    File systems that copy on writing, and the spare cells of an SSD, may still hold old blocks: nothing a program can reach.
    """
    try:
        with open(path, "r+b") as f:
            left = os.fstat(f.fileno()).st_size
            while left > 0:
                left -= f.write(bytes(min(left, 2**20)))
            f.flush()
            os.fsync(f.fileno())
    except FileNotFoundError:
        return
    finally:
        path.unlink(missing_ok=True)


def _write(scan: Scan, out: BinaryIO) -> None:
    arrays: dict[str, np.ndarray] = {"values": scan.values}
    windows: list[dict[str, str | float]] = []
    for n, window in enumerate(scan.windows):
        entry: dict[str, str | float] = {"name": window.name if window.name.strip().lower() in WINDOW_NAMES else ""}
        if isinstance(window, LookupWindow):
            arrays[f"lut{n}"] = window.table
            entry |= {"first": window.first, "lut": f"lut{n}"}
        else:
            entry |= {k: v for k, v in asdict(window).items() if k != "name"}
        windows.append(entry)
    header = {"format": FORMAT, "windows": windows, **{f.name: getattr(scan, f.name) for f in fields(scan) if f.name not in NOT_SAVED}}
    arrays["scan"] = np.frombuffer(json.dumps(header, allow_nan=False).encode(), np.uint8)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z:  # higher levels take four times as long for a tenth less
        for name, array in arrays.items():
            data = io.BytesIO()
            np.lib.format.write_array(data, np.ascontiguousarray(array), allow_pickle=False)
            z.writestr(zipfile.ZipInfo(f"{name}.npy", _FIRST_DAY), data.getbuffer(), zipfile.ZIP_DEFLATED, 1)


def _window(entry: dict[str, Any], parts: Mapping[str, np.ndarray]) -> Window | LookupWindow:
    if "lut" not in entry:
        return Window(**entry)
    table = parts[entry["lut"]]
    table.setflags(write=False)
    return LookupWindow(entry["first"], table, entry["name"])
