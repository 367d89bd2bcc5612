"""The single cases behind a report: what was true, what was called, how surely; and where their pictures are to be had. No torch."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import DataError
from core.evaluation.predictions import logits_of, read_predictions
from core.files import sha256_file
from core.models.card import Card
from core.reading.calibration import probabilities

_PHANTOM = re.compile(r"seed(\d+)/exam(\d+)/([RL])_(CC|MLO)")


def cases_of(folder: Path, card: Card, split: str = "test") -> pd.DataFrame:
    """One row an image of a split: sha256, case, patient, label, called (the likeliest class), score, sure (its probability).

    Multilabel: `called` holds every class at or above 0.5, with spaces between, and `sure` the least sure of all decisions.

    Raises
    ------
    DataError
        If predictions.csv is missing or damaged.
    """
    space = card.label_space
    frame = read_predictions(folder, space)
    frame = frame[frame["split"] == split].reset_index(drop=True)
    p = probabilities(logits_of(frame, space), space, card.temperature)
    out = frame[["sha256", "case", "patient", "label"]].copy()
    if space.kind == "multiclass":
        out["called"], out["sure"] = [space.classes[i] for i in p.argmax(1)], p.max(1)
    else:
        out["called"] = [" ".join(c for c, q in zip(space.classes, row, strict=True) if q >= 0.5) for row in p]
        out["sure"] = np.maximum(p, 1 - p).min(1)
    out["score"] = space.positive_score(p)
    return out


def phantom_view(case: str):
    """A phantom view drawn again, small, from its name, e.g. "seed1/exam7/L_CC"; a `core.datasets.phantom.PhantomView`.

    Raises
    ------
    DataError
        If the name is not a phantom's.
    """
    from core.datasets.phantom import draw, plan_exam

    found = _PHANTOM.fullmatch(case)
    if not found:
        raise DataError(f"{case!r} is no phantom's name.", "Link the folder that holds the pictures.")
    seed, exam, side, view = found.groups()
    return draw(plan_exam(int(seed), int(exam)), side, view, "small")


def phantom_bytes(case: str) -> bytes:
    """The same as a DICOM file."""
    from core.datasets.phantom import dicom_bytes

    return dicom_bytes(phantom_view(case))


def index(folder: Path, progress: Callable[[float], None] | None = None) -> dict[str, Path]:
    """sha256 → path of every file under a folder, however it is named.

    Raises
    ------
    DataError
        If there is no such folder, or it holds more than 100,000 files.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}.", "Type the path of a folder on the machine that runs the dashboard.")
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.startswith(".")]
    if len(files) > 100_000:
        raise DataError(f"{folder} holds {len(files)} files.", "Link the folder of the data set alone.")
    out = {}
    for n, path in enumerate(files, 1):
        out[sha256_file(path)] = path
        if progress:
            progress(n / len(files))
    return out
