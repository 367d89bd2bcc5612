"""Decisions: which class each image was given, by the threshold or by the most probable class. No torch."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.metrics.bootstrap import Bootstrap, ratio
from core.evaluation.predictions import ClassPredictions
from core.labels import LabelSpace


@dataclass(frozen=True, eq=False)
class Decisions:
    """One class an image, by truth and by the model.

    Attributes
    ----------
    classes : tuple of str
    truth, called : ndarray, bool (N, C)
        One class holds in each row.
    scores : ndarray, float (N, C)
        Probability of each class.
    bootstrap : Bootstrap
    """

    classes: tuple[str, ...]
    truth: np.ndarray
    called: np.ndarray
    scores: np.ndarray
    bootstrap: Bootstrap

    @classmethod
    def at_threshold(cls, r: ClassPredictions) -> "Decisions":
        """Positive where the score reaches the threshold, else negative: the rule of every report."""
        truth, called, scores = r.positive, r.decision, r.score
        stacked = (np.stack([1 - x, x], 1) for x in (truth.astype(float), called.astype(float), scores))
        true, given, p = stacked
        return cls(decision_classes(r.space), true.astype(bool), given.astype(bool), p, r.bootstrap)

    @classmethod
    def argmax(cls, r: ClassPredictions) -> "Decisions":
        """The most probable class of a multiclass space, whatever the threshold."""
        return cls(r.space.classes, r.truth, r.predicted, r.probabilities, r.bootstrap)

    @property
    def right(self) -> np.ndarray:
        """Whether the true class was given, bool (N,)."""
        return (self.truth & self.called).any(1)

    def counts(self) -> tuple[np.ndarray, np.ndarray]:
        """(true positives, called, true) of each class: (3, C) for all images and (3, R, C) for the replicates."""
        stacks = [x.astype(float) for x in (self.truth & self.called, self.called, self.truth)]
        return np.stack([s.sum(0) for s in stacks]), np.stack([self.bootstrap.sums(s) for s in stacks])

    def tables(self) -> tuple[np.ndarray, np.ndarray]:
        """Confusion matrices, rows true: (1, C, C) of all images and (R, C, C) of the replicates."""
        n = len(self.classes)
        cells = np.eye(n * n)[self.truth.argmax(1) * n + self.called.argmax(1)]
        return cells.sum(0).reshape(1, n, n), self.bootstrap.sums(cells).reshape(-1, n, n)


def decision_classes(space: LabelSpace) -> tuple[str, str]:
    """(negative, positive) by their names: the other class of two, else "not" and the positive class or group."""
    others = [c for c in space.classes if c != space.positive]
    both = space.kind == "multiclass" and len(space.classes) == 2 and len(others) == 1
    return (others[0] if both else f"not {space.positive}", space.positive)


def mean_over_classes(values: np.ndarray) -> np.ndarray:
    """Mean (...,) over the classes of (..., C) that are defined."""
    good = np.isfinite(values)
    return ratio(np.where(good, values, 0).sum(-1), good.sum(-1))
