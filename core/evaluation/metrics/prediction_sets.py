"""Doubt that can be counted: sets of classes with a promised coverage, and what it costs to leave the doubtful aside. No torch."""

import numpy as np

from core.evaluation.rows import Rows

ALPHA = 0.1
SHARES = tuple(np.round(np.linspace(1.0, 0.1, 19), 2))


def conformal(validation: Rows, test: Rows, alpha: float = ALPHA) -> dict | None:
    """Split-conformal sets: every class whose probability reaches a bar set on validation (Sadinle et al. 2019, LAC).

    The bar is such that the true class of a new, exchangeable image is in its set with probability 1 − alpha at least.
    What was reached on the test part is given overall and by class: it may miss the promise where images of one
    patient are alike. None in a multilabel space or without validation rows.
    """
    if test.space.kind != "multiclass" or not len(validation.truth):
        return None
    own = np.sort(validation.p[validation.truth])
    k = int(np.floor(alpha * (len(own) + 1)))
    bar = float(own[k - 1]) if k >= 1 else 0.0
    inside = test.p >= bar
    covered, size, one = (inside & test.truth).any(1), inside.sum(1), np.ones(len(inside))
    by_class = {c: test.boot.proportion(covered, test.truth[:, i], "no such image") for i, c in enumerate(test.space.classes)}
    return {
        "alpha": alpha,
        "bar": bar,
        "n_validation": len(own),
        "coverage": test.boot.proportion(covered, one, "no image"),
        "by_class": by_class,
        "sizes": {str(s): int((size == s).sum()) for s in range(len(test.space.classes) + 1)},
        "mean_size": float(size.mean()),
    }


def set_of(probabilities: dict[str, float], found: dict) -> tuple[str, ...]:
    """The classes of one reading that reach the bar of a report's `conformal` block."""
    return tuple(name for name, p in probabilities.items() if p >= found["bar"])


def abstention(r: Rows, threshold: float) -> dict:
    """Error rate of the decision among the images that are kept, when the nearest to the threshold are left aside first.

    Nearness is measured in log odds. "aurc" is the mean error over all shares (Geifman & El-Yaniv 2017).
    """
    score = np.clip(r.score, 1e-9, 1 - 1e-9)
    cut = min(max(threshold, 1e-9), 1 - 1e-9)
    far = np.abs(np.log(score / (1 - score)) - np.log(cut / (1 - cut)))
    order = np.argsort(-far, kind="stable")
    errors = np.cumsum((r.called != r.positive)[order]) / np.arange(1, len(order) + 1)
    kept = [max(1, round(share * len(order))) for share in SHARES]
    return {
        "kept": [float(s) for s in SHARES],
        "n": kept,
        "error": [float(errors[n - 1]) for n in kept],
        "aurc": float(errors.mean()),
    }
