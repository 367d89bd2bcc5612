"""One split of the predictions, made ready for counting. No torch."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.metrics.bootstrap import Bootstrap
from core.evaluation.predictions import logits_of, truth_of
from core.inference.calibration import probabilities
from core.labels import LabelSpace


@dataclass(frozen=True, eq=False)
class Rows:
    """Truth and calibrated probabilities.

    Attributes
    ----------
    truth, p, predicted : ndarray (N, C)
        bool, float, bool; in a multiclass space the most probable class is predicted, else all at 0.5 or above.
    positive, called : ndarray, bool (N,)
        Whether the positive class or group holds, and whether its score reaches the threshold.
    score : ndarray, float (N,)
    strata : DataFrame
        patient, source, view, laterality, density, finding and size of each row, "" where not told.
    """

    space: LabelSpace
    truth: np.ndarray
    p: np.ndarray
    predicted: np.ndarray
    positive: np.ndarray
    score: np.ndarray
    called: np.ndarray
    boot: Bootstrap
    strata: pd.DataFrame

    @classmethod
    def of(cls, frame: pd.DataFrame, space: LabelSpace, temperature: float, threshold: float, replicates: int) -> "Rows":
        """Of a part of predictions.csv. An image without a patient key stands for itself."""
        truth, p = truth_of(frame, space), probabilities(logits_of(frame, space), space, temperature)
        positive = truth[:, list(space.members(space.positive))].any(1)
        score = np.minimum(space.positive_score(p), 1.0)
        patients = np.where(frame["patient"] == "", "image " + frame["sha256"], frame["patient"])
        predicted = np.eye(p.shape[1], dtype=bool)[p.argmax(1)] if space.kind == "multiclass" else p >= 0.5
        strata = frame[["source", "view", "laterality", "density", "finding", "size"]].assign(patient=patients).reset_index(drop=True)
        boot = Bootstrap.of(patients, replicates)
        return cls(space, truth, p, predicted, positive, score, score >= threshold, boot, strata)
