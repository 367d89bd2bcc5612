"""Agreement of truth and prediction: MCC and kappas; AUROCs over classes, and over a part of the ROC curve. No torch."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from core.evaluation.metrics.bootstrap import SINGLE_CLASS, Statistic, auroc, ratio
from core.evaluation.metrics.decisions import Decisions
from core.evaluation.predictions import ClassPredictions
from core.models.card import Estimate

MAX_FPR = 0.1
ONE_CLASS_EACH = "truth and prediction have one class only"


def ranked_agreement(r: ClassPredictions) -> dict[str, Estimate]:
    """Partial AUROC and, for more than two classes, AUROC over classes; no threshold moves them.

    partial_auroc: up to a false positive rate of 0.1, standardised (McClish 1989). auroc_ovr: mean over classes against the
    rest; auroc_ovo: over pairs (Hand & Till 2001).
    """
    out = {"partial_auroc": r.bootstrap.ranked(partial_auroc(r.score, r.positive), SINGLE_CLASS)}
    if r.space.kind == "multiclass" and len(r.space.classes) > 2:
        for name, pairs in (("auroc_ovr", _against_the_rest(r)), ("auroc_ovo", _pairs(r))):
            points, draws = zip(*pairs, strict=True)
            out[name] = r.bootstrap.estimate(float(np.mean(points)), np.mean(draws, axis=0), "a class has no image")
    return out


def decision_agreement(d: Decisions) -> dict[str, Estimate]:
    """MCC and Cohen's kappa of truth and decision."""
    table, tables = d.tables()
    return {
        "mcc": d.bootstrap.estimate(float(mcc(table)[0]), mcc(tables), "truth or prediction has one class only"),
        "cohen_kappa": d.bootstrap.estimate(float(kappa(table)[0]), kappa(tables), ONE_CLASS_EACH),
    }


def mcc(tables: np.ndarray) -> np.ndarray:
    """Matthews' correlation (Gorodkin 2004 for several classes) of confusion matrices (R, n, n) → (R,)."""
    true, called, n = tables.sum(2), tables.sum(1), tables.sum((1, 2))
    right = np.trace(tables, axis1=1, axis2=2)
    return ratio(right * n - (true * called).sum(1), np.sqrt((n**2 - (called**2).sum(1)) * (n**2 - (true**2).sum(1))))


def kappa(tables: np.ndarray) -> np.ndarray:
    """Cohen's kappa (1960) of confusion matrices (R, n, n) → (R,)."""
    return _weighted(tables, 1.0 - np.eye(tables.shape[1]))


def quadratic_kappa(tables: np.ndarray) -> np.ndarray:
    """Kappa with squared distances (Cohen 1968) of confusion matrices (R, n, n) → (R,)."""
    level = np.arange(tables.shape[1])
    return _weighted(tables, (level[:, None] - level[None]) ** 2.0)


def _weighted(tables: np.ndarray, cost: np.ndarray) -> np.ndarray:
    n = tables.sum((1, 2))[:, None, None]
    expected = tables.sum(2)[:, :, None] * tables.sum(1)[:, None, :] / np.maximum(n, 1)
    return 1 - ratio((tables * cost).sum((1, 2)), (expected * cost).sum((1, 2)))


def partial_auroc(scores: np.ndarray, truth: np.ndarray) -> Statistic:
    """Standardised partial area up to `MAX_FPR` as a function of weights (r, N) → (r,); as scikit-learn's roc_auc_score(max_fpr=…)."""
    order = np.argsort(-np.asarray(scores, float), kind="stable")
    ordered, positive = np.asarray(scores, float)[order], np.asarray(truth, bool)[order]
    ends = np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True])

    def of(weights: np.ndarray) -> np.ndarray:
        w = weights[:, order]
        tp, fp = (np.cumsum(w * kind, axis=1, dtype=np.float64)[:, ends] for kind in (positive, ~positive))
        out = np.full(len(w), np.nan)
        for i in np.flatnonzero((tp[:, -1] > 0) & (fp[:, -1] > 0)):
            x, y = np.r_[0, fp[i] / fp[i, -1]], np.r_[0, tp[i] / tp[i, -1]]
            inside = x <= MAX_FPR
            x, y = np.r_[x[inside], MAX_FPR], np.r_[y[inside], np.interp(MAX_FPR, x, y)]
            chance = MAX_FPR**2 / 2
            out[i] = 0.5 * (1 + (np.trapezoid(y, x) - chance) / (MAX_FPR - chance))
        return out

    return of


def _against_the_rest(r: ClassPredictions) -> Iterator[tuple[float, np.ndarray]]:
    for i in range(len(r.space.classes)):
        yield r.bootstrap.evaluate(auroc(r.probabilities[:, i], r.truth[:, i]))


def _pairs(r: ClassPredictions) -> Iterator[tuple[float, np.ndarray]]:
    for a, b in combinations(range(len(r.space.classes)), 2):
        both = r.truth[:, a] | r.truth[:, b]
        if not both.any():
            yield np.nan, np.full(len(r.bootstrap.counts), np.nan)
            continue
        for i in (a, b):
            yield r.bootstrap.evaluate(_among(both, auroc(r.probabilities[both, i], r.truth[both, i])))


def _among(images: np.ndarray, statistic: Statistic) -> Statistic:
    """A statistic of some images, bool (N,), as a function of the weights of all."""
    return lambda weights: statistic(weights[:, images])
