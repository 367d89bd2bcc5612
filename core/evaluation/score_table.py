"""Any table of labels and scores, from any model, gets the metrics of our reports. No torch."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd

from core.errors import DataError
from core.evaluation.metrics.headline import headline, majority_baseline
from core.evaluation.metrics.per_class import confusion, per_class
from core.evaluation.predictions import STRATA, ClassPredictions
from core.labels import LabelSpace

POSITIVE = {"1", "1.0", "+1", "true", "yes", "positive", "malignant", "tumour", "tumor"}
NEGATIVE = {"0", "0.0", "-1", "-1.0", "false", "no", "negative", "benign", "normal"}
COLUMNS = "The columns are `label`, `score` or one column a class, and, where known, `patient`."
PROBABILITY_METRICS = ("brier", "sensitivity", "specificity", "precision", "npv", "accuracy", "balanced_accuracy", "f1_macro")
SUM_TOLERANCE = 0.01


@dataclass(frozen=True, eq=False)
class _Table:
    """Labels and probabilities (N, C) in the order of the space; `ranks_only` where the scores are no probabilities."""

    space: LabelSpace
    labels: pd.Series
    probabilities: np.ndarray
    ranks_only: bool
    notes: tuple[str, ...]


def score_table(source: Path | BinaryIO, threshold: float = 0.5) -> dict[str, object]:
    """Evaluate a CSV table, given by its path or as an open file.

    Binary: `label` (0 or 1, no or yes, negative or positive) and `score`, higher = more positive. More classes: `label` and
    one column a class, named as the class or `score_<class>`, holding probabilities. Rows of one `patient` are drawn together;
    a row without one is a patient of its own. Comma, semicolon or tab separate; decimal commas, a byte order mark, UTF-16 and
    Excel's `sep=` line are read.

    Returns
    -------
    dict
        Keys as scikit-learn names them, each with value, low, high, method, n, n_patients; "per_class", "confusion", "notes".
        Scores outside [0, 1] are no probabilities: then only metrics of the ranks are given.

    Raises
    ------
    DataError
        If a column is missing or doubled, a score is not a number, or a label is unknown or has no column.
    """
    frame = _read(source, source.name if isinstance(source, Path) else "The table")
    labels = frame["label"].str.strip()
    table = _binary(labels, _numbers(frame, "score")) if "score" in frame else _multiclass(frame, labels)
    patients = frame["patient"].str.strip() if "patient" in frame else pd.Series("", index=frame.index)
    test = _predictions(table, patients, threshold)
    metrics = {k: e.model_dump(mode="json") for k, e in headline(test).items()}
    binary = len(table.space.classes) == 2
    per = [] if binary else [{"class": c.label, **c.model_dump(mode="json", exclude={"label"})} for c in per_class(test)]
    return {
        "n": len(test),
        "n_patients": test.bootstrap.n_patients,
        "prevalence": test.bootstrap.mean(test.positive).model_dump(mode="json"),
        "majority_baseline": majority_baseline(test).model_dump(mode="json"),
        **{k: e for k, e in metrics.items() if not (table.ranks_only and k in PROBABILITY_METRICS)},
        "per_class": per,
        "confusion": None if table.ranks_only else confusion(test).model_dump(mode="json"),
        "notes": [*table.notes, *_notes(test, patients, table.ranks_only)],
    }


def _predictions(table: _Table, patients: pd.Series, threshold: float) -> ClassPredictions:
    """Of two classes the decision at the threshold predicts, so that matrix and rates count alike; else the most probable class."""
    space, p = table.space, table.probabilities
    truth = np.array([[c == label for c in space.classes] for label in table.labels])
    score = space.group_score(p, space.positive) if not table.ranks_only else p[:, 1]
    positive = space.members(space.positive)[0]
    called = np.stack([score >= threshold] * 2, 1) == (np.arange(2) == positive)
    return ClassPredictions(
        score,
        space.holds(truth),
        patients.to_numpy(str),
        space=space,
        truth=truth,
        probabilities=p,
        predicted=called if len(space.classes) == 2 else space.decide(p),
        threshold=threshold,
        logits=p,
        strata=pd.DataFrame("", index=range(len(p)), columns=["sha256", *STRATA]),
    )


def _notes(test: ClassPredictions, patients: pd.Series, ranks_only: bool) -> list[str]:
    notes = []
    if (alone := int((patients == "").sum())) == len(patients):
        notes.append("No column `patient`: every row counts as a patient of its own, so intervals may be too narrow.")
    elif alone:
        notes.append(f"{alone} rows without a patient count as patients of their own.")
    if test.bootstrap.n_patients == 1:
        notes.append("All rows are of one patient: an interval between patients is undefined.")
    if test.positive.all() or not test.positive.any():
        kind = "positive" if test.positive.all() else "negative"
        notes.append(f"All rows are {kind}: AUROC and other comparisons of the two classes are undefined.")
    if ranks_only:
        return [*notes, "Scores outside 0 to 1 are no probabilities: only metrics of the ranks are given."]
    if ties := int((test.score == test.threshold).sum()):
        notes.append(f"{ties} rows at the threshold {test.threshold:g} count as called positive.")
    if len(test.space.classes) > 2:
        notes.append(
            f"Confusion matrix, accuracy and macro figures: the most probable class. Sensitivity, specificity, precision and NPV: "
            f"{test.space.positive} at {test.threshold:g} or above."
        )
    return notes


def _read(source: Path | BinaryIO, name: str) -> pd.DataFrame:
    try:
        data = Path(source).read_bytes() if isinstance(source, str | Path) else source.read()
    except FileNotFoundError as e:
        raise DataError(f"There is no file {source}.", "Name a CSV file.") from e
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as e:
        raise DataError(f"{name} is neither UTF-8 nor UTF-16 text.", "Save the table as CSV in UTF-8.") from e
    lines = text.lstrip("\n")
    given = re.match(r"sep=(.)\n", lines, re.IGNORECASE)
    if given:
        lines = lines[given.end() :]
    separator = given[1] if given else _separator(lines.partition("\n")[0])
    try:
        rows = [row for row in csv.reader(io.StringIO(lines), delimiter=separator, strict=True) if any(c.strip() for c in row)]
    except csv.Error as e:
        raise DataError(f"{name} is not a CSV table ({e}).", COLUMNS) from e
    header = [_column(c) for c in rows[0]] if rows else []
    if "label" not in header or len(rows) < 2:
        raise DataError(f"{name} has no column `label`, or no row.", COLUMNS)
    if doubled := sorted({c for c in header if c and header.count(c) > 1}):
        raise DataError(f"{name} has two columns {doubled[0]!r}.", "Delete or rename one of them.")
    for line, row in enumerate(rows[1:], 2):
        if any(c.strip() for c in row[len(header) :]) or len(row) < len([c for c in header if c]):
            raise DataError(f"Line {line} of {name} has {len(row)} cells, the header {len(header)}.", "Correct the table.")
    frame = pd.DataFrame([row[: len(header)] + [""] * (len(header) - len(row)) for row in rows[1:]], columns=header, dtype=str)
    return frame.loc[:, [bool(c) for c in header]]


def _separator(header: str) -> str:
    """Comma, semicolon or tab: the one that makes a column `label`."""
    found = [s for s in ",;\t" if "label" in (_column(c) for c in header.split(s))]
    return max(found or [","], key=header.count)


def _column(name: str) -> str:
    """A column's name without blanks and quotes; `label`, `score`, `patient` and the prefix `score_` in any case."""
    name = name.strip().strip('"').strip()
    if name.lower() in ("label", "score", "patient"):
        return name.lower()
    return f"score_{name[6:]}" if name.lower().startswith("score_") else name


def _numbers(frame: pd.DataFrame, column: str) -> np.ndarray:
    """Numbers of a column, with decimal commas where every cell fits that reading."""
    cells = frame[column].str.strip()
    if cells.str.contains(",").any() and not cells.str.contains(r"\.").any():
        cells = cells.str.replace(r"^([-+]?\d*),(\d+(?:[eE][-+]?\d+)?)$", r"\1.\2", regex=True)
    values = pd.to_numeric(cells, errors="coerce").to_numpy(float)
    if not np.isfinite(values).all():
        i = int(np.flatnonzero(~np.isfinite(values))[0])
        raise DataError(
            f"The column {column!r} holds {frame[column].iloc[i]!r} in line {i + 2}, which is not a number.", "Correct the table."
        )
    return values


def _binary(labels: pd.Series, scores: np.ndarray) -> _Table:
    lower = labels.str.lower()
    unknown = ~lower.isin(POSITIVE | NEGATIVE)
    if unknown.any():
        i = int(np.flatnonzero(unknown)[0])
        raise DataError(
            f"The label {labels.iloc[i]!r} in line {i + 2} is neither yes nor no.", "Write 0 and 1, or give one score column a class."
        )
    space = LabelSpace(name="table", classes=("negative", "positive"), positive="positive")
    ranks_only = bool(scores.min() < 0 or scores.max() > 1)
    named = lower.isin(POSITIVE).map({True: "positive", False: "negative"})
    return _Table(space, named, np.stack([1 - scores, scores], 1), ranks_only, ())


def _multiclass(frame: pd.DataFrame, labels: pd.Series) -> _Table:
    columns = [c for c in frame.columns if c not in ("label", "patient") and (c.startswith("score_") or c in set(labels))]
    names = [c.removeprefix("score_") for c in columns]
    if len(names) < 2:
        raise DataError("The table has no score columns.", COLUMNS)
    if doubled := sorted({n for n in names if names.count(n) > 1}):
        raise DataError(f"The class {doubled[0]!r} has two score columns.", "Delete one of them.")
    if missing := sorted(set(labels) - set(names)):
        raise DataError(f"The label {missing[0]!r} has no score column.", f"The score columns are for: {', '.join(names)}.")
    p = np.stack([_numbers(frame, c) for c in columns], 1)
    if p.min() < 0 or p.max() > 1 + 1e-6:
        raise DataError("The score columns hold values outside 0 to 1.", "Give probabilities.")
    total, notes = p.sum(1, keepdims=True), ()
    if (total == 0).any():
        raise DataError(f"All scores in line {int(np.flatnonzero(total[:, 0] == 0)[0]) + 2} are 0.", "Give probabilities.")
    if off := int((np.abs(total - 1) > SUM_TOLERANCE).sum()):
        notes = (f"In {off} rows the probabilities do not sum to 1; they were divided by their sum.",)
    positive = next((n for n in names if n.lower() in POSITIVE), names[-1])
    return _Table(LabelSpace(name="table", classes=tuple(names), positive=positive), labels, p / total, False, notes)
