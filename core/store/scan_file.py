"""A kept image: one .npz a scan, lossless, with what reading it again needs and nothing that names anybody."""

import io
import json
import os
import tempfile
import zipfile
from dataclasses import asdict
from pathlib import Path

import numpy as np

from core.errors import SecondReaderError, StoreError
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
TECHNICAL = ("inverted", "sha256", "pixel_sha256", "source_format", "bits", "view", "laterality", "modifiers", "spacing_mm", "study_key")
TECHNICAL += ("patient_orientation", "kind")
TECHNICAL += ("patient_key", "shifted_day", "synthetic", "body_part_ok", "intent", "colour_fraction", "assumptions", "warnings")
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
    handle, name = tempfile.mkstemp(dir=folder, prefix=f".{scan.sha256}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as f:
            _write(scan, f)
            f.flush()
            os.fsync(f.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def read(path: Path) -> Scan:
    """The scan of a kept image.

    Raises
    ------
    StoreError
        If the file is gone, or is not the image it was when it was kept.
    """
    try:
        with np.load(path, allow_pickle=False) as parts:
            told = json.loads(bytes(parts["scan"]))
            if told.pop("format") != FORMAT:
                raise StoreError("The kept image was written by another version of the program.", "Use that version to open it.")
            values, windows = parts["values"], tuple(_window(w, parts) for w in told.pop("windows"))
        if pixel_sha256(values) != told["pixel_sha256"] or file_name(told["sha256"]) != path.name:
            raise ValueError("not the pixels that were kept")
        for name in ("spacing_mm", "modifiers", "patient_orientation", "assumptions", "warnings"):
            told[name] = None if told[name] is None else tuple(told[name])
        return Scan(values=values, windows=windows, **told)
    except FileNotFoundError as e:
        raise StoreError("A kept image is gone from the disk.", "Delete the kept case, and keep it again from its source.") from e
    except StoreError:
        raise
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, SecondReaderError) as e:
        raise StoreError("A kept image is damaged.", "Delete the kept case, and keep it again from its source.") from e


def shred(path: Path) -> None:
    """Overwrite a file with zeros, then remove it; one that is gone already is no error.

    File systems that copy on writing, and the spare cells of an SSD, may still hold old blocks: nothing a program can reach.
    """
    try:
        with open(path, "r+b") as f:
            left = os.fstat(f.fileno()).st_size
            while left > 0:
                left -= f.write(bytes(min(left, 2**20)))
            f.flush()
            os.fsync(f.fileno())
        path.unlink()
    except FileNotFoundError:
        pass


def _write(scan: Scan, out) -> None:
    arrays, windows = {"values": scan.values}, []
    for n, window in enumerate(scan.windows):
        told = {"name": window.name if window.name.strip().lower() in WINDOW_NAMES else ""}
        if isinstance(window, LookupWindow):
            arrays[f"lut{n}"] = window.table
            told |= {"first": window.first, "lut": f"lut{n}"}
        else:
            told |= {k: v for k, v in asdict(window).items() if k != "name"}
        windows.append(told)
    told = {"format": FORMAT, "windows": windows, **{name: getattr(scan, name) for name in TECHNICAL}}
    arrays["scan"] = np.frombuffer(json.dumps(told, allow_nan=False).encode(), np.uint8)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z:  # higher levels take four times as long for a tenth less
        for name, array in arrays.items():
            data = io.BytesIO()
            np.lib.format.write_array(data, np.ascontiguousarray(array), allow_pickle=False)
            z.writestr(zipfile.ZipInfo(f"{name}.npy", _FIRST_DAY), data.getbuffer(), zipfile.ZIP_DEFLATED, 1)


def _window(told: dict, parts) -> Window | LookupWindow:
    if "lut" not in told:
        return Window(**told)
    table = parts[told["lut"]]
    table.setflags(write=False)
    return LookupWindow(told["first"], table, told["name"])
