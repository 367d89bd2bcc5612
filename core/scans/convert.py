"""A tree of DICOM (or other) files becomes a tree of PNG or JPEG for training, with a manifest and names that identify nobody."""

import csv
import io
import os
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from core.errors import ScanError, of_os_error
from core.files import sha256_bytes, write_bytes
from core.scans.identity import salted_key
from core.scans.read import read_file, read_scan
from core.scans.scan import Scan
from core.scans.windows import Window

Format = Literal["png16", "png8", "jpeg"]
Row = dict[str, str | int]  # of the manifest
MANIFEST = "manifest.csv"
COLUMNS = ("path", "sha256", "pixel_sha256", "patient", "laterality", "view", "window", "rows", "columns", "spacing_mm", "synthetic")
JPEG_QUALITY = 95
# Folder names that stay, because they are classes or splits; any other may be a patient's name.
SPLIT_NAMES = ("train", "training", "valid", "val", "validation", "test")
CLASS_FOLDERS = (*SPLIT_NAMES, "normal", "benign", "malignant", "tumour", "tumor")


@dataclass(frozen=True)
class Converted:
    """How a conversion ended: files written now, files that were there already, and (file, reason) of those ignored."""

    written: int
    present: int
    failed: tuple[tuple[str, str], ...]


def convert(
    source: Path,
    out: Path,
    *,
    form: Format = "png16",
    size: int | None = None,
    keep_names: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Converted:
    """Convert every file below `source`; one that cannot be read is ignored.

    The pixels are those of `read_scan(...).display()`, the file's first window and 1 = dense: as 16 or 8 bit, unstamped,
    since this makes training data and no image for people. `size` is the longest side in pixels, area-averaged;
    smaller images stay as they are. Names are PATIENT_IMAGE_SIDE_VIEW with salted keys, so that all files of
    one patient have one key on this machine; folders stay only where they name a class or a split. `out/manifest.csv`
    grows row by row, and a call that was cut off continues. `keep_names` adds the column source with the original paths.

    Raises
    ------
    ScanError
        If `source` is no folder or holds no files, or `out` lies in it, cannot be written, or was made with another format or size.
    """
    source, out = Path(source), Path(out)
    if not source.is_dir():
        raise ScanError(f"There is no folder {source}.", "Correct the path.")
    if out.resolve().is_relative_to(source.resolve()):
        raise ScanError("The output folder lies in the input folder.", "Choose a folder outside it.")
    files = sorted(p for p in source.rglob("*") if p.is_file() and not p.name.startswith(".") and p.name != "DICOMDIR")
    if not files:
        raise ScanError(f"The folder {source} holds no files.", "Correct the path.")
    columns = (*COLUMNS, *(("source",) if keep_names else ()))
    try:
        return _convert_all(files, source, out, form, size, columns, progress)
    except OSError as e:
        reason = of_os_error(OSError(e.errno, e.strerror, str(out)))
        raise ScanError(reason.what, f"{reason.remedy} The same call continues from here.") from e


def _convert_all(
    files: list[Path],
    source: Path,
    out: Path,
    form: Format,
    size: int | None,
    columns: tuple[str, ...],
    progress: Callable[[int, int], None] | None,
) -> Converted:
    out.mkdir(parents=True, exist_ok=True)
    done = _done(out, _how(form, size))
    written, present = 0, 0
    failed: list[tuple[str, str]] = []
    with closing(_appender(out / MANIFEST, columns)) as append, ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        next(append)
        jobs = pool.map(lambda p: _one(p, source, out, form, size, done), files)
        for n, (path, row, reason) in enumerate(jobs, 1):
            if reason:
                failed.append((path.relative_to(source).as_posix(), reason))
            elif row is None:
                present += 1
            else:
                append.send(row | {"source": path.relative_to(source).as_posix()})
                written += 1
            if progress:
                progress(n, len(files))
    return Converted(written, present, tuple(failed))


def _how(form: Format, size: int | None) -> str:
    return f"{form}, longest side {size or 'as it is'}\n"


def _done(out: Path, how: str) -> set[str]:
    """sha256 of the sources whose image is there already."""
    note = out / "conversion.txt"
    if note.is_file() and note.read_text("utf-8") != how:
        raise ScanError(f"The folder {out} was made with other settings ({note.read_text('utf-8').strip()}).", "Choose another folder.")
    write_bytes(note, how.encode())
    if not (out / MANIFEST).is_file():
        return set()
    text = (out / MANIFEST).read_text("utf-8")
    whole = text[: text.rfind("\n") + 1]  # a row that was cut off is written again
    if whole != text:
        write_bytes(out / MANIFEST, whole.encode())
    rows = csv.DictReader(io.StringIO(whole))
    return {r["sha256"] for r in rows if (out / r["path"]).is_file()}


def _appender(path: Path, columns: tuple[str, ...]) -> Generator[None, Row, None]:
    """A generator that writes each row sent to it, and flushes."""
    new = not path.is_file() or not path.stat().st_size
    with open(path, "a", newline="", encoding="utf-8") as f:
        writer = csv.DictWriter(f, columns, extrasaction="ignore", lineterminator="\n")
        if new:
            writer.writeheader()
        while True:
            writer.writerow((yield))
            f.flush()


def _one(path: Path, source: Path, out: Path, form: Format, size: int | None, done: set[str]) -> tuple[Path, Row | None, str]:
    try:
        data = read_file(path)
        digest = sha256_bytes(data)
        if digest in done:
            return path, None, ""
        scan = read_scan(data, path.name)
    except ScanError as e:
        return path, None, str(e)
    patient = _patient(scan, path)
    name = "_".join(x for x in (patient, digest[:12], scan.laterality, scan.view) if x)
    folder = "/".join(part for part in path.relative_to(source).parts[:-1] if part.lower() in CLASS_FOLDERS)
    target = Path(folder) / f"{name}.{'jpg' if form == 'jpeg' else 'png'}"
    image = pixels(scan, form, size)
    how = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if form == "jpeg" else [cv2.IMWRITE_PNG_COMPRESSION, 3]
    write_bytes(out / target, cv2.imencode(target.suffix, image, how)[1].tobytes())
    return path, _row(scan, target, patient, image, size), ""


def _patient(scan: Scan, path: Path) -> str:
    """Key of the patient; else of the study, or for a file that is no DICOM of what stands before the first _ of its name."""
    stated = None if scan.source_format == "DICOM" else salted_key("file", path.name.split("_")[0].split(".")[0])
    return scan.patient_key or scan.study_key or stated or scan.sha256[:16]


def pixels(scan: Scan, form: Format = "png16", size: int | None = None) -> np.ndarray:
    """What is written of a scan: uint16 or uint8 (rows, columns)."""
    image = scan.display()
    if size and max(image.shape) > size:
        scale = size / max(image.shape)
        height, width = (max(1, round(n * scale)) for n in image.shape)
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    top = 65535 if form == "png16" else 255
    return np.rint(np.clip(image, 0, 1) * top).astype(np.uint16 if form == "png16" else np.uint8)


def _row(scan: Scan, target: Path, patient: str, image: np.ndarray, size: int | None) -> Row:
    first = scan.windows[0]
    window = f"{first.function} {first.center:g}/{first.width:g}" if isinstance(first, Window) else "VOI LUT"
    factor = scan.shape[0] / image.shape[0] if size else 1.0
    return {
        "path": target.as_posix(),
        "sha256": scan.sha256,
        "pixel_sha256": scan.pixel_sha256,
        "patient": patient,
        "laterality": scan.laterality or "",
        "view": scan.view or "",
        "window": window,
        "rows": image.shape[0],
        "columns": image.shape[1],
        "spacing_mm": "/".join(f"{s * factor:.4g}" for s in scan.spacing_mm) if scan.spacing_mm else "",
        "synthetic": int(scan.synthetic),
    }
