"""Uncertainty: prediction sets with a promised coverage, and selective prediction. No torch."""

from collections.abc import Mapping

import numpy as np

from core.evaluation.parts.uncertainty import ConformalSets, SelectivePrediction
from core.evaluation.predictions import ClassPredictions

ALPHA = 0.1
COVERAGES = tuple(float(s) for s in np.round(np.linspace(1.0, 0.1, 19), 2))


def conformal(validation: ClassPredictions, test: ClassPredictions, alpha: float = ALPHA) -> ConformalSets | None:
    """Split-conformal sets: every class whose probability reaches a threshold set on validation (Sadinle et al. 2019, LAC).

    The threshold is such that the true class of a new, exchangeable image is in its set with probability 1 − alpha at least.
    What was reached on the test part is given overall and by class: it may miss the promise where images of one
    patient are alike. None in a multilabel space or without validation rows.
    """
    if test.space.kind != "multiclass" or not len(validation):
        return None
    own = np.sort(validation.probabilities[validation.truth])
    k = int(np.floor(alpha * (len(own) + 1)))
    least = float(own[k - 1]) if k >= 1 else 0.0
    inside = test.probabilities >= least
    covered, size = (inside & test.truth).any(1), inside.sum(1)
    return ConformalSets(
        alpha=alpha,
        probability_threshold=least,
        n_validation=len(own),
        coverage=test.bootstrap.mean(covered),
        by_class={c: test.bootstrap.proportion(covered, test.truth[:, i], "no such image") for i, c in enumerate(test.space.classes)},
        set_sizes={str(s): int((size == s).sum()) for s in range(len(test.space.classes) + 1)},
        mean_size=float(size.mean()),
    )


def prediction_set(probabilities: Mapping[str, float], found: ConformalSets) -> tuple[str, ...]:
    """The classes of one prediction that reach the threshold of a report's conformal sets."""
    return tuple(name for name, p in probabilities.items() if p >= found.probability_threshold)


def selective_prediction(r: ClassPredictions) -> SelectivePrediction:
    """Error rate of the decision at decreasing coverage, when the images nearest to the threshold, in log odds, are left out first."""
    score = np.clip(r.score, 1e-9, 1 - 1e-9)
    threshold = min(max(r.threshold, 1e-9), 1 - 1e-9)
    distance = np.abs(np.log(score / (1 - score)) - np.log(threshold / (1 - threshold)))
    order = np.argsort(-distance, kind="stable")
    errors = np.cumsum(r.wrong[order]) / np.arange(1, len(order) + 1)
    n = tuple(max(1, round(share * len(order))) for share in COVERAGES)
    return SelectivePrediction(coverage=COVERAGES, n=n, error_rate=tuple(float(errors[i - 1]) for i in n), aurc=float(errors.mean()))
