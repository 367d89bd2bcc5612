"""Any table of labels and scores, from any model, gets the metrics of our reports. No torch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from core.csv_table import numbers, read_csv
from core.errors import DataError
from core.evaluation.metrics.argmax import argmax_metrics
from core.evaluation.metrics.decisions import Decisions
from core.evaluation.metrics.headline import decided, majority_baseline, ranked
from core.evaluation.metrics.per_class import class_areas, confusion, per_class
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


def score_table(source: Path | BinaryIO, threshold: float = 0.5) -> dict[str, Any]:
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
    frame = _read(source)
    labels = frame["label"].str.strip()
    table = _binary(labels, numbers(frame["score"])) if "score" in frame else _multiclass(frame, labels)
    patients = frame["patient"].str.strip() if "patient" in frame else pd.Series("", index=frame.index)
    test = _predictions(table, patients, threshold)
    binary = len(table.space.classes) == 2
    decisions = Decisions.at_threshold(test) if binary else Decisions.argmax(test)
    estimates = ranked(test) | decided(test) | ({} if binary else argmax_metrics(decisions))
    metrics = {k: e.model_dump(mode="json") for k, e in estimates.items()}
    classes = () if binary else per_class(decisions, class_areas(decisions))
    per = [{"class": c.label, **c.model_dump(mode="json", exclude={"label"})} for c in classes]
    return {
        "n": len(test),
        "n_patients": test.bootstrap.n_patients,
        "prevalence": test.bootstrap.mean(test.positive).model_dump(mode="json"),
        "majority_baseline": majority_baseline(decisions).model_dump(mode="json"),
        **{k: e for k, e in metrics.items() if not (table.ranks_only and k in PROBABILITY_METRICS)},
        "per_class": per,
        "confusion": None if table.ranks_only else confusion(decisions).model_dump(mode="json"),
        "notes": [*table.notes, *_notes(test, patients, table.ranks_only)],
    }


def _predictions(table: _Table, patients: pd.Series, threshold: float) -> ClassPredictions:
    """The table's rows as a report takes them."""
    space, p = table.space, table.probabilities
    truth = np.array([[c == label for c in space.classes] for label in table.labels])
    score = space.group_score(p, space.positive) if not table.ranks_only else p[:, 1]
    return ClassPredictions(
        score,
        space.holds(truth),
        patients.to_numpy(str),
        space=space,
        truth=truth,
        probabilities=p,
        predicted=space.decide(p),
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


def _read(source: Path | BinaryIO) -> pd.DataFrame:
    name = source.name if isinstance(source, Path) else "The table"
    try:
        data = source.read_bytes() if isinstance(source, Path) else source.read()
    except FileNotFoundError as e:
        raise DataError(f"There is no file {source}.", "Name a CSV file.") from e
    frame = read_csv(data, name, "label", COLUMNS)
    columns = [str(c) for c in frame]
    lower = {c: c.lower() for c in columns if c.lower() in ("score", "patient")}
    lower |= {c: f"score_{c[6:]}" for c in columns if c.lower().startswith("score_")}
    if doubled := next((c for c in lower.values() if list(lower.values()).count(c) > 1), None):
        raise DataError(f"{name} has two columns {doubled!r}.", "Delete or rename one of them.")
    return frame.rename(columns=lower)


def _binary(labels: pd.Series, scores: np.ndarray) -> _Table:
    lower = labels.str.lower()
    unknown = ~lower.isin(POSITIVE | NEGATIVE)
    if unknown.any():
        line = labels.index[unknown][0]
        raise DataError(
            f"The label {labels[line]!r} in line {line} is neither yes nor no.", "Write 0 and 1, or give one score column a class."
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
    p = np.stack([numbers(frame[c]) for c in columns], 1)
    if p.min() < 0 or p.max() > 1 + 1e-6:
        raise DataError("The score columns hold values outside 0 to 1.", "Give probabilities.")
    total = p.sum(1, keepdims=True)
    if (total == 0).any():
        raise DataError(f"All scores in line {frame.index[total[:, 0] == 0][0]} are 0.", "Give probabilities.")
    off = int((np.abs(total - 1) > SUM_TOLERANCE).sum())
    notes = (f"In {off} rows the probabilities do not sum to 1; they were divided by their sum.",) if off else ()
    positive = next((n for n in names if n.lower() in POSITIVE), names[-1])
    return _Table(LabelSpace(name="table", classes=tuple(names), positive=positive), labels, p / total, False, notes)
