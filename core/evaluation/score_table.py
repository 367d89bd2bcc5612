"""Any table of labels and scores, from any model, gets the numbers of our reports. No torch."""

from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd

from core.errors import DataError
from core.evaluation.predictions import table
from core.evaluation.report import Header, report_of
from core.labels import LabelSpace

EPS = 1e-12
YES, NO = {"1", "1.0", "true", "yes", "positive", "malignant", "tumour"}, {"0", "0.0", "false", "no", "negative", "benign", "normal"}
NEEDS = "It needs a column `label`, and a column `score` or one column a class; a column `patient` is welcome."
PROBABILITY = ("brier", "sensitivity", "specificity", "precision", "npv", "accuracy", "balanced_accuracy", "f1_macro")


def score_table(source: Path | BinaryIO, threshold: float = 0.5) -> dict:
    """Evaluate a CSV table, given by its path or as an open file.

    Binary: `label` (0 or 1, no or yes, negative or positive) and `score`, higher = more positive. More classes: `label` and
    one column a class, named as the class or `score_<class>`, holding probabilities. Rows of one `patient` are drawn together.

    Returns
    -------
    dict
        Keys as scikit-learn names them, each with value, low, high, method, n, n_patients; "per_class", "confusion", "notes".
        Scores outside [0, 1] are no probabilities: then only what ranks is given.

    Raises
    ------
    DataError
        If a column is missing, a score is not a number, or a label has no column.
    """
    name = source.name if isinstance(source, Path) else "The table"
    frame = _read(source, name)
    notes = [] if "patient" in frame else ["No column `patient`: every row counts as a patient of its own, so intervals may be too narrow."]
    patients = frame["patient"] if "patient" in frame else pd.Series(range(len(frame))).map("row {}".format)
    labels = frame["label"].astype(str).str.strip()
    if "score" in frame:
        space, logits, ranks_only = _binary(labels, _numbers(frame, "score"))
        labels = labels.str.lower().map(lambda v: "positive" if v in YES else "negative")
    else:
        space, logits, ranks_only = *_multiclass(frame, labels), False
    rows = [{"sha256": str(i), "patient": p, "split": "test", "label": v} for i, (p, v) in enumerate(zip(patients, labels, strict=True))]
    header = Header(name, name, False, space, "", None, 1.0, threshold, "given")
    report = report_of(table(rows, logits, space), header)
    metrics = report["metrics"]
    if ranks_only:
        notes.append("The scores are no probabilities: only what ranks is given.")
        metrics = {k: v for k, v in metrics.items() if k not in PROBABILITY}
    return {
        "n": len(frame),
        "n_patients": report["n"]["test"]["patients"],
        "prevalence": report["prevalence"],
        "majority_baseline": report["majority_baseline"],
        **metrics,
        "per_class": report["per_class"] if len(space.classes) > 2 else [],
        "confusion": None if ranks_only else report["confusion"],
        "notes": notes,
    }


def _read(source: Path | BinaryIO, name: str) -> pd.DataFrame:
    try:
        frame = pd.read_csv(source, dtype={"label": str, "patient": str}, keep_default_na=False)
    except FileNotFoundError as e:
        raise DataError(f"There is no file {source}.", "Name a CSV file.") from e
    except (ValueError, UnicodeDecodeError, pd.errors.ParserError) as e:
        raise DataError(f"{name} is not a CSV table.", NEEDS) from e
    frame.columns = [str(c).strip() for c in frame.columns]
    if "label" not in frame or frame.empty:
        raise DataError(f"{name} has no column `label`, or no row.", NEEDS)
    return frame


def _numbers(frame: pd.DataFrame, column: str) -> np.ndarray:
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(float)
    if not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values))[0]) + 2
        raise DataError(f"The column {column!r} holds something that is not a number, in line {row}.", "Correct the table.")
    return values


def _binary(labels: pd.Series, scores: np.ndarray) -> tuple[LabelSpace, np.ndarray, bool]:
    known = YES | NO
    if unknown := sorted(set(labels.str.lower()) - known):
        raise DataError(f"The label {unknown[0]!r} is neither yes nor no.", "Write 0 and 1, or give one score column a class.")
    ranks_only = bool(scores.min() < 0 or scores.max() > 1)
    if ranks_only:
        z = scores - np.median(scores)  # any increasing map keeps the ranks; small numbers keep the exponentials finite
        z = z / max(1e-12, float(np.abs(z).max())) * 20
    else:
        z = np.log(np.clip(scores, EPS, 1)) - np.log(np.clip(1 - scores, EPS, 1))
    space = LabelSpace(name="table", classes=("negative", "positive"), positive="positive")
    return space, np.stack([np.zeros(len(z)), z], 1), ranks_only


def _multiclass(frame: pd.DataFrame, labels: pd.Series) -> tuple[LabelSpace, np.ndarray]:
    columns = [c for c in frame.columns if c not in ("label", "patient") and (c.startswith("score_") or c in set(labels))]
    names = [c.removeprefix("score_") for c in columns]
    if len(names) < 2:
        raise DataError("The table has no score columns.", NEEDS)
    if missing := sorted(set(labels) - set(names)):
        raise DataError(f"The label {missing[0]!r} has no score column.", f"The score columns are for: {', '.join(names)}.")
    p = np.stack([_numbers(frame, c) for c in columns], 1)
    if p.min() < 0 or p.max() > 1 + 1e-6:
        raise DataError("The score columns hold values outside 0 to 1.", "Give probabilities.")
    positive = next((n for n in names if n.lower() in YES), names[-1])
    return LabelSpace(name="table", classes=tuple(names), positive=positive), np.log(np.clip(p, EPS, 1))
