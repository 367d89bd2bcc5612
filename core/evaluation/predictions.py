"""Predictions: scores of images with their truth, by patient; and predictions.csv, one row an image. No torch."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import DataError
from core.evaluation.metrics.bootstrap import REPLICATES, Bootstrap
from core.files import write_text
from core.inference.calibration import probabilities
from core.labels import LabelSpace
from core.models.card import Card, Estimate

FILE = "predictions.csv"
STRATA = ("source", "view", "laterality", "density", "finding", "size")
COLUMNS = ("sha256", "case", "patient", "split", *STRATA, "label")
# Kinds of finding are joined by ";", for their names hold spaces. Labels of a multilabel image stand in one cell with spaces
# between, as in a manifest; an empty cell means none of them.


@dataclass(frozen=True, eq=False)
class Predictions:
    """Calibrated scores with their truth, resampled by patient.

    Attributes
    ----------
    score : ndarray, float64 (N,)
        Probability of the positive class or group.
    positive : ndarray, bool (N,)
        Whether the positive class or group holds.
    patients : ndarray, str (N,)
        An image without a patient key becomes a patient of its own.
    replicates : int
        Bootstrap replicates.
    """

    score: np.ndarray
    positive: np.ndarray
    patients: np.ndarray
    replicates: int = REPLICATES

    def __post_init__(self) -> None:
        object.__setattr__(self, "score", np.asarray(self.score, np.float64))
        object.__setattr__(self, "positive", np.asarray(self.positive, bool))
        patients = np.asarray(self.patients).astype(str)
        alone = np.array([f"image {i}" for i in range(len(patients))], dtype=str)
        object.__setattr__(self, "patients", np.where(patients == "", alone, patients))

    def __len__(self) -> int:
        return len(self.score)

    @cached_property
    def bootstrap(self) -> Bootstrap:
        """Patients drawn once; every metric uses the same draws."""
        return Bootstrap.of(self.patients, self.replicates)

    def part(self, images: np.ndarray) -> "Predictions":
        """Some of the images, bool (N,), under the same draws of patients."""
        out = Predictions(self.score[images], self.positive[images], self.patients[images], self.replicates)
        out.__dict__["bootstrap"] = self.bootstrap.part(images)  # where the cached property would put its own
        return out

    def units(self, score: np.ndarray, positive: np.ndarray, patients: np.ndarray) -> "Predictions":
        """Breasts or patients of these images, under the same draws of patients."""
        out = Predictions(score, positive, patients, self.replicates)
        codes = np.unique(out.patients, return_inverse=True)[1]  # every patient has a unit, so the order is the same
        out.__dict__["bootstrap"] = Bootstrap(codes, self.bootstrap.counts)
        return out

    @cached_property
    def auroc(self) -> Estimate:
        """Area under the ROC curve."""
        return self.bootstrap.auroc(self.score, self.positive)

    def called(self, threshold: float) -> np.ndarray:
        """Decisions, bool (N,): positive at or above the threshold, as `Predictor` decides."""
        return self.score >= threshold

    def sensitivity(self, called: np.ndarray, unit: str = "image") -> Estimate:
        """Share of the positives that are called positive."""
        return self.bootstrap.proportion(called, self.positive, f"no positive {unit}")

    def specificity(self, called: np.ndarray, unit: str = "image") -> Estimate:
        """Share of the negatives that are not called positive."""
        return self.bootstrap.proportion(~called, ~self.positive, f"no negative {unit}")

    @cached_property
    def brier(self) -> Estimate:
        """Mean squared distance of score and truth."""
        return self.bootstrap.mean((self.score - self.positive) ** 2)


@dataclass(frozen=True, eq=False, kw_only=True)
class ClassPredictions(Predictions):
    """Predictions of every class of a label space.

    Attributes
    ----------
    space : LabelSpace
    truth, probabilities : ndarray (N, C)
        bool; float64, calibrated.
    predicted : ndarray, bool (N, C)
        The most probable class; in a multilabel space every class at 0.5 or above.
    threshold : float
        Of the decision on the positive class or group.
    logits : ndarray, float64 (N, C)
    strata : DataFrame
        sha256 and `STRATA` of each row, "" where unknown.
    """

    space: LabelSpace
    truth: np.ndarray
    probabilities: np.ndarray
    predicted: np.ndarray
    threshold: float
    logits: np.ndarray
    strata: pd.DataFrame

    @classmethod
    def of(
        cls, frame: pd.DataFrame, space: LabelSpace, temperature: float, threshold: float, replicates: int = REPLICATES
    ) -> "ClassPredictions":
        """Of rows of predictions.csv."""
        truth, logits = truth_of(frame, space), logits_of(frame, space)
        p = probabilities(logits, space, temperature)
        return cls(
            space.positive_score(p),
            space.holds(truth),
            np.where(frame["patient"] == "", "image " + frame["sha256"], frame["patient"]),
            replicates,
            space=space,
            truth=truth,
            probabilities=p,
            predicted=space.decide(p),
            threshold=threshold,
            logits=logits,
            strata=frame[["sha256", *STRATA]].reset_index(drop=True),
        )

    def at_threshold(self, threshold: float) -> "ClassPredictions":
        """The same scores under another threshold, and under the same draws of patients."""
        out = replace(self, threshold=threshold)
        out.__dict__["bootstrap"] = self.bootstrap
        return out

    def with_temperature(self, temperature: float) -> "ClassPredictions":
        """The same logits under another temperature."""
        p = probabilities(self.logits, self.space, temperature)
        return replace(self, score=self.space.positive_score(p), probabilities=p, predicted=self.space.decide(p))

    @property
    def decision(self) -> np.ndarray:
        """Whether the score reaches the threshold, bool (N,)."""
        return self.called(self.threshold)

    @property
    def wrong(self) -> np.ndarray:
        """Whether the decision differs from the truth, bool (N,)."""
        return self.decision != self.positive


def table(rows: Iterable[Mapping[str, object]], logits: np.ndarray, space: LabelSpace) -> pd.DataFrame:
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
    frame = pd.read_csv(io.StringIO(path.read_text("utf-8")), dtype=dict.fromkeys(COLUMNS, str), keep_default_na=False)
    missing = [c for c in (*COLUMNS, *(f"logit_{x}" for x in space.classes)) if c not in frame]
    if missing:
        raise DataError(f"{FILE} of {Path(folder).name} lacks {', '.join(missing)}.", again)
    values = frame[[f"logit_{x}" for x in space.classes]].apply(pd.to_numeric, errors="coerce")
    if not np.isfinite(values.to_numpy(float)).all():
        raise DataError(f"{FILE} of {Path(folder).name} holds logits that are not numbers.", again)
    return frame


def predictions_of(folder: Path, card: Card, split: str, temperature: float | None = None) -> ClassPredictions:
    """The predictions of a split of a checkpoint, with the card's temperature unless another is given.

    Raises
    ------
    DataError
        As `read_predictions`.
    """
    frame = read_predictions(folder, card.label_space)
    return ClassPredictions.of(frame[frame["split"] == split], card.label_space, temperature or card.temperature, card.threshold)


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
