"""From logits to calibrated probabilities and an operating point. Fitted on the validation split only. No torch."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, softmax
from sklearn.metrics import roc_curve

from core.errors import RecipeError
from core.labels import LabelSpace

RULES = "youden, sensitivity=0.90 or specificity=0.90 (any target between 0 and 1), or cost=10 (of a miss, in false alarms)"


def probabilities(logits: np.ndarray, space: LabelSpace, temperature: float = 1.0) -> np.ndarray:
    """Class probabilities, float64 (..., C), from logits (..., C): softmax or, where labels may coincide, sigmoid."""
    z = np.asarray(logits, np.float64) / temperature
    return softmax(z, axis=-1) if space.kind == "multiclass" else expit(z)


def fit(logits: np.ndarray, labels: np.ndarray, space: LabelSpace) -> float:
    """Temperature that minimises the cross-entropy (Guo et al. 2017).

    Parameters
    ----------
    logits : ndarray, shape (N, C)
    labels : ndarray
        int (N,) class positions, or 0/1 (N, C); the latter always for a multilabel space.
    """
    z, truth = np.asarray(logits, np.float64), _one_hot(np.asarray(labels), space)
    if len(z) == 0:
        return 1.0

    def loss(log_t: float) -> float:
        scaled = z / np.exp(log_t)
        if space.kind == "multiclass":
            return -(truth * log_softmax(scaled, axis=-1)).sum(-1).mean()
        return (np.logaddexp(0, scaled) - truth * scaled).mean()

    # Bounds: on a few separable rows the best temperature is 0, on noise it is infinite; neither is of use.
    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded").x))


def choose_threshold(scores: np.ndarray, truth: np.ndarray, rule: str = "youden") -> tuple[float, str]:
    """Operating threshold on the calibrated score, and the rule in words.

    Parameters
    ----------
    scores : ndarray, shape (N,)
        Calibrated probability of the positive class or group.
    truth : ndarray, shape (N,)
        True where positive.
    rule : str
        "youden" (largest sensitivity + specificity; Youden 1950), "sensitivity=T" (the highest threshold
        that reaches it), "specificity=T" (the lowest that does) or "cost=C" (least cost on these very images,
        where a miss costs as much as C false alarms).

    Raises
    ------
    RecipeError
        If the rule is not known.
    """
    name, target = _parse(rule)
    truth = np.asarray(truth, bool)
    if truth.all() or not truth.any():
        return 0.5, "0.5, because the validation images are all of one kind"
    fpr, tpr, cut = roc_curve(truth, np.asarray(scores, np.float64), drop_intermediate=False)
    if name == "youden":
        best, text = int(np.argmax(tpr - fpr)), "largest sensitivity + specificity on validation (Youden)"
    elif name == "sensitivity":
        best, text = int(np.argmax(tpr >= target)), f"highest threshold with a sensitivity of {target:g} or more on validation"
    elif name == "cost":
        cost = target * (1 - tpr) * truth.sum() + fpr * (~truth).sum()
        best, text = int(np.argmin(cost)), f"least cost on validation, a miss counting as {target:g} false alarms"
    else:
        best, text = int(np.flatnonzero(1 - fpr >= target)[-1]), f"lowest threshold with a specificity of {target:g} or more on validation"
    return _between(cut, best), text


def _between(cut: np.ndarray, i: int) -> float:
    """Half-way to the next lower score, so that rounding decides nobody's side."""
    high = min(float(cut[i]), 1.0) if np.isfinite(cut[i]) else 1.0
    low = float(cut[i + 1]) if i + 1 < len(cut) else 0.0
    return (high + low) / 2


def _parse(rule: str) -> tuple[str, float]:
    name, _, value = rule.replace(" ", "").partition("=")
    try:
        target = float(value) if value else float("nan")
    except ValueError:
        target = -1.0
    share = name in ("sensitivity", "specificity") and 0 < target < 1
    if (name == "youden" and not value) or share or (name == "cost" and 0 < target < float("inf")):
        return name, target
    raise RecipeError(f"The threshold rule {rule!r} is not known.", f"Use {RULES}.")


def _one_hot(labels: np.ndarray, space: LabelSpace) -> np.ndarray:
    return labels.astype(np.float64) if labels.ndim == 2 else np.eye(len(space.classes))[labels.astype(int)]
