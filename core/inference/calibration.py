"""From logits to calibrated probabilities and the score; temperature and bias are fitted on the validation split alone. No torch."""

import numpy as np
from scipy.special import expit, log_softmax, softmax

from core.labels import LabelSpace

BOUNDS = (0.05, 20.0)  # of the temperature: on a few separable rows the best one is 0, on noise it is infinite; neither is of use

RIDGE = 1e-3  # keeps the bias of a class that the validation split lacks finite


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
    from scipy.optimize import minimize_scalar  # a prediction needs neither it nor the time that its import takes

    def loss(log_t: float) -> float:
        scaled = z / np.exp(log_t)
        if space.kind == "multiclass":
            return float(-(truth * log_softmax(scaled, axis=-1)).sum(-1).mean())
        return float((np.logaddexp(0, scaled) - truth * scaled).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(BOUNDS[0]), np.log(BOUNDS[1])), method="bounded").x))


def fit_with_bias(logits: np.ndarray, labels: np.ndarray, space: LabelSpace) -> tuple[float, np.ndarray]:
    """Temperature and a bias a class, float64 (C,), to be added to the logits before they are divided.

    Bias-corrected temperature scaling (Alexandari, Kundaje & Shrikumar 2020); for two classes it is Platt's (1999). It mends what
    class weights and balanced sampling do to the mean score, which no temperature can. Parameters as in `fit`.
    """
    z, truth = np.asarray(logits, np.float64), one_hot(np.asarray(labels), space)
    multiclass, n_classes = space.kind == "multiclass", len(space.classes)
    if len(z) == 0:
        return 1.0, np.zeros(n_classes)
    from scipy.optimize import minimize

    def loss(p: np.ndarray) -> float:
        shifted = z / np.exp(p[0]) + (np.append(0, p[1:]) if multiclass else p[1:])  # one class of several is the reference
        each = -truth * log_softmax(shifted, axis=-1) if multiclass else np.logaddexp(0, shifted) - truth * shifted
        return float((each.sum(-1) if multiclass else each).mean() + RIDGE * (p[1:] ** 2).sum())

    first = np.zeros(n_classes if multiclass else n_classes + 1)
    bounds = [(np.log(BOUNDS[0]), np.log(BOUNDS[1])), *[(-10.0, 10.0)] * (len(first) - 1)]
    found = minimize(loss, first, method="L-BFGS-B", bounds=bounds).x
    temperature = float(np.exp(found[0]))
    return temperature, temperature * (np.append(0, found[1:]) if multiclass else found[1:])


def bias_pays(logits: np.ndarray, labels: np.ndarray, space: LabelSpace, patients: np.ndarray) -> bool:
    """Whether temperature and bias have a lower Brier score than the temperature alone, cross-validated by patient (five folds)."""
    from sklearn.model_selection import GroupKFold

    z, truth = np.asarray(logits, np.float64), one_hot(np.asarray(labels), space)
    folds = min(5, len(np.unique(patients)))
    if folds < 2:
        return False
    with_bias, without = np.zeros_like(truth), np.zeros_like(truth)
    for rest, part in GroupKFold(folds, shuffle=True, random_state=0).split(z, groups=patients):
        temperature, bias = fit_with_bias(z[rest], truth[rest], space)
        with_bias[part] = probabilities(z[part] + bias, space, temperature)
        without[part] = probabilities(z[part], space, fit(z[rest], truth[rest], space))
    return bool(((with_bias - truth) ** 2).sum() < ((without - truth) ** 2).sum())


def at_bound(temperature: float) -> bool:
    """Whether a fit ended at one of `BOUNDS`: the scores are not calibrated then."""
    return not BOUNDS[0] * 1.01 < temperature < BOUNDS[1] / 1.01


def one_hot(labels: np.ndarray, space: LabelSpace) -> np.ndarray:
    """Class indicators, float64 (N, C), from class positions, int (N,), or from indicators."""
    return labels.astype(np.float64) if labels.ndim == 2 else np.eye(len(space.classes))[labels.astype(int)]
