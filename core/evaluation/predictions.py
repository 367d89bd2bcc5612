"""predictions.csv: one row an image, with its logits and strata. Everything in a report comes from it. No torch."""

import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import DataError
from core.files import write_text
from core.labels import LabelSpace

FILE = "predictions.csv"
COLUMNS = ("sha256", "case", "patient", "split", "source", "view", "laterality", "density", "finding", "size", "label")
OPTIONAL = ("finding", "size")  # earlier versions wrote none
# Kinds of finding are joined by ";", for their names hold spaces. Labels of a multilabel image stand in one cell with spaces
# between, as in a manifest; an empty cell means none of them.


def table(rows: Iterable[dict], logits: np.ndarray, space: LabelSpace) -> pd.DataFrame:
    """Rows (keys as in COLUMNS; missing ones become empty) with their logits (N, C).

    `label` is a class name; for a multilabel space names with spaces between, or a tuple of names.
    """
    frame = pd.DataFrame([{c: _cell(row.get(c)) for c in COLUMNS} for row in rows], columns=list(COLUMNS), dtype=str)
    for i, name in enumerate(space.classes):
        frame[f"logit_{name}"] = np.asarray(logits, np.float64)[:, i]
    return frame


def write_predictions(folder: Path, frame: pd.DataFrame) -> None:
    """Write predictions.csv into a folder, atomically; nine digits, which a float32 survives."""
    write_text(Path(folder) / FILE, frame.to_csv(index=False, float_format="%.9g", lineterminator="\n"))


def read_predictions(folder: Path, space: LabelSpace) -> pd.DataFrame:
    """Read predictions.csv of a folder.

    Raises
    ------
    DataError
        If the file is missing, lacks a column, holds a label of another space, or logits that are not numbers.
    """
    path = Path(folder) / FILE
    again = "Evaluate the checkpoint again."
    if not path.is_file():
        raise DataError(f"{Path(folder).name} has no {FILE}.", again)
    frame = pd.read_csv(io.StringIO(path.read_text("utf-8")), dtype={c: str for c in COLUMNS}, keep_default_na=False)
    frame = frame.assign(**{c: "" for c in OPTIONAL if c not in frame})
    missing = [c for c in (*COLUMNS, *(f"logit_{x}" for x in space.classes)) if c not in frame]
    if missing:
        raise DataError(f"{FILE} of {Path(folder).name} lacks {', '.join(missing)}.", again)
    values = frame[[f"logit_{x}" for x in space.classes]].apply(pd.to_numeric, errors="coerce")
    if not np.isfinite(values.to_numpy(float)).all():
        raise DataError(f"{FILE} of {Path(folder).name} holds logits that are not numbers.", again)
    return frame


def logits_of(frame: pd.DataFrame, space: LabelSpace) -> np.ndarray:
    """Logits, float64 (N, C)."""
    return frame[[f"logit_{c}" for c in space.classes]].to_numpy(np.float64)


def truth_of(frame: pd.DataFrame, space: LabelSpace) -> np.ndarray:
    """Which classes hold, bool (N, C).

    Raises
    ------
    DataError
        If a label is none of the space's.
    """
    out = np.zeros((len(frame), len(space.classes)), bool)
    for i, text in enumerate(frame["label"]):
        names = text.split() if space.kind == "multilabel" else [text]
        for name in names:
            out[i, space.index(name)] = True
    return out


def _cell(value: object) -> str:
    if value is None:
        return ""
    return " ".join(value) if isinstance(value, tuple) else str(value)
