"""A folder of phantoms with its table of truth."""

import csv
import io
import json
from collections.abc import Callable, Iterable
from functools import partial
from os import cpu_count
from pathlib import Path

import cv2
import numpy as np
from joblib import Parallel, delayed

from core.datasets.phantom.draw import PhantomView, draw
from core.datasets.phantom.objects import SYNTAXES, dicom_bytes, png_bytes
from core.datasets.phantom.plan import plan_exam
from core.errors import DataError
from core.files import sha256_bytes, write_bytes, write_text

VIEWS = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))
TABLE = "phantoms.csv"
COLUMNS = (
    *("path", "sha256", "case", "exam", "laterality", "view", "density", "label", "density8", "calcifications"),
    *("lesions", "spacing_mm", "description", "mask"),
)


def make(
    out: Path,
    count: int,
    seed: int,
    *,
    size: str = "full",
    formats: Iterable[str] = ("dicom",),
    progress: Callable[[int], None] | None = None,
    workers: int | None = None,
) -> Path:
    """Draw `count` exams of four views into `out`, with masks and `phantoms.csv`; returns `out`.

    Formats are "dicom" and "png". The table is written last: a folder without it is not complete.

    Raises
    ------
    DataError
        If `out` exists and is not empty, or `count` is less than 1.
    """
    out, formats = Path(out), tuple(formats)
    if count < 1:
        raise DataError("The number of exams must be 1 or more.", "Give a larger --count.")
    if out.exists() and any(out.iterdir()):
        raise DataError(f"The folder {out} is not empty.", "Name a new folder, or empty this one.")
    out.mkdir(parents=True, exist_ok=True)
    job = partial(_exam, out, seed, size, formats)
    rows: list[dict] = []
    workers, numbers = min(count, workers or cpu_count() or 1), range(1, count + 1)
    # joblib's workers do not import the program's main module, which here may be the dashboard with its threads
    parts = Parallel(n_jobs=workers, return_as="generator")(delayed(job)(number) for number in numbers)
    for number, part in enumerate(parts, 1):
        rows += part
        if progress:
            progress(number)
    table = io.StringIO()
    writer = csv.DictWriter(table, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(out / TABLE, table.getvalue())
    return out


def _exam(out: Path, seed: int, size: str, formats: tuple[str, ...], number: int) -> list[dict]:
    cv2.setNumThreads(1)  # the pool already fills the cores
    plan = plan_exam(seed, number)
    rows = []
    for laterality, view_name in VIEWS:
        view = draw(plan, laterality, view_name, size)
        stem = Path(f"exam_{number:04d}") / f"{laterality}_{view_name}"
        mask = _mask(view)
        if mask is not None:
            write_bytes(out / f"{stem}_mask.png", mask)
        if "dicom" in formats:
            data = dicom_bytes(view, bits=(12, 16)[number % 2], monochrome1=number % 4 > 1, syntax=SYNTAXES[number % len(SYNTAXES)])
            rows.append(_row(out, stem.with_suffix(".dcm"), data, view, mask))
        if "png" in formats:
            rows.append(_row(out, stem.with_suffix(".png"), png_bytes(view), view, mask))
    return rows


def _row(out: Path, path: Path, data: bytes, view: PhantomView, mask: bytes | None) -> dict:
    write_bytes(out / path, data)
    lesions = [{"kind": x.kind, "label": x.label, "diameter_mm": round(x.diameter_mm, 2), "box": x.box} for x in view.lesions]
    return {
        "path": path.as_posix(),
        "sha256": sha256_bytes(data),
        "case": view.case,
        "exam": f"{view.seed}-{view.exam}",
        "laterality": view.laterality,
        "view": view.view,
        "density": view.density,
        "label": view.label,
        "density8": view.density8 or "",
        "calcifications": " ".join(view.calcifications),
        "lesions": json.dumps(lesions),
        "spacing_mm": round(view.spacing_mm, 6),
        "description": view.description,
        "mask": f"{path.with_suffix('')}_mask.png" if mask else "",
    }


def _mask(view: PhantomView) -> bytes | None:
    """All lesions of a view as an 8-bit PNG of the view's size, 255 inside; None for a normal view."""
    if not view.lesions:
        return None
    whole = np.zeros(view.pixels.shape, np.uint8)
    for lesion in view.lesions:
        top, left, bottom, right = lesion.box
        whole[top:bottom, left:right][lesion.mask] = 255
    return cv2.imencode(".png", whole)[1].tobytes()
