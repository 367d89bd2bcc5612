"""From logits to calibrated probabilities and the score; the temperature is fitted on the validation split alone. No torch."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, softmax

from core.labels import LabelSpace

BOUNDS = (0.05, 20.0)  # of the temperature: on a few separable rows the best one is 0, on noise it is infinite; neither is of use


def probabilities(logits: np.ndarray, space: LabelSpace, temperature: float = 1.0) -> np.ndarray:
    """Class probabilities, float64 (..., C), from logits (..., C): softmax or, in a multilabel space, sigmoid."""
    z = np.asarray(logits, np.float64) / temperature
    return softmax(z, axis=-1) if space.kind == "multiclass" else expit(z)


def score(logits: np.ndarray, space: LabelSpace, temperature: float = 1.0) -> np.ndarray:
    """Probability of the positive class or group, float64 (...), from logits (..., C)."""
    return space.positive_score(probabilities(logits, space, temperature))


def fit(logits: np.ndarray, labels: np.ndarray, space: LabelSpace) -> float:
    """Temperature that minimises the cross-entropy (Guo et al. 2017).

    Parameters
    ----------
    logits : ndarray, shape (N, C)
    labels : ndarray
        int (N,) class positions, or 0/1 (N, C); the latter always for a multilabel space.
    """
    z, truth = np.asarray(logits, np.float64), one_hot(np.asarray(labels), space)
    if len(z) == 0:
        return 1.0

    def loss(log_t: float) -> float:
        scaled = z / np.exp(log_t)
        if space.kind == "multiclass":
            return float(-(truth * log_softmax(scaled, axis=-1)).sum(-1).mean())
        return float((np.logaddexp(0, scaled) - truth * scaled).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(BOUNDS[0]), np.log(BOUNDS[1])), method="bounded").x))


def at_bound(temperature: float) -> bool:
    """Whether a fit ended at one of `BOUNDS`: the scores are not calibrated then."""
    return not BOUNDS[0] * 1.01 < temperature < BOUNDS[1] / 1.01


def one_hot(labels: np.ndarray, space: LabelSpace) -> np.ndarray:
    """Class indicators, float64 (N, C), from class positions, int (N,), or from indicators."""
    return labels.astype(np.float64) if labels.ndim == 2 else np.eye(len(space.classes))[labels.astype(int)]
