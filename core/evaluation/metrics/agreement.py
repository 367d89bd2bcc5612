"""Agreement of truth and answer in one number: MCC and kappas; and areas over classes and over a part of the ROC curve. No torch."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from core.evaluation.metrics.bootstrap import auroc, ratio
from core.evaluation.rows import Rows
from core.models.card import Estimate

MAX_FPR = 0.1
ORDERED = ("tissue",)  # spaces whose classes have an order, so that near misses count less


def agreement(r: Rows) -> dict[str, Estimate]:
    """MCC, Cohen's kappa and, where it is defined, quadratic weighted kappa, partial AUROC and AUROC over classes.

    mcc and cohen_kappa: of the predicted classes, in a multilabel space of the decision at the threshold. density8 and
    tissue give quadratic_kappa: of the density alone. partial_auroc: up to a false positive rate of 0.1, standardised
    (McClish 1989). auroc_ovr: mean over classes against the rest; auroc_ovo: over pairs (Hand & Till 2001).
    """
    truth, called, n = _answers(r)
    table = _tables(r, truth, called, n)
    out = {
        "mcc": _estimate(r, mcc, table, "truth or answer has one class only", (-1.0, 1.0)),
        "cohen_kappa": _estimate(r, kappa, table, "truth and answer have one class only", (-1.0, 1.0)),
    }
    if (levels := _levels(r)) is not None:
        graded = _tables(r, levels[r.truth.argmax(1)], levels[r.predicted.argmax(1)], int(levels.max()) + 1)
        out["quadratic_kappa"] = _estimate(r, quadratic_kappa, graded, "truth and answer have one class only", (-1.0, 1.0))
    one_kind, ones = "the images are all of one kind", np.ones((1, len(truth)))
    partial = partial_auroc(r.score, r.positive)
    out["partial_auroc"] = r.boot.estimate(float(partial(ones)[0]), r.boot.over_rows(partial), one_kind)
    if r.space.kind == "multiclass" and len(r.space.classes) > 2:
        for name, pairs in (("auroc_ovr", _against_the_rest(r)), ("auroc_ovo", _pairs(r))):
            points, draws = zip(*pairs, strict=True)
            out[name] = r.boot.estimate(float(np.mean(points)), np.mean(draws, axis=0), "a class has no image")
    return out


def _answers(r: Rows) -> tuple[np.ndarray, np.ndarray, int]:
    if r.space.kind == "multilabel":
        return r.positive.astype(int), r.called.astype(int), 2
    return r.truth.argmax(1), r.predicted.argmax(1), len(r.space.classes)


def _levels(r: Rows) -> np.ndarray | None:
    """The ordered level of each class, where the space has one."""
    if r.space.name == "density8":
        return np.arange(8) // 2
    return np.arange(len(r.space.classes)) if r.space.name in ORDERED else None


def _tables(r: Rows, truth: np.ndarray, called: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Confusion matrices: (1, n, n) of all images and (R, n, n) of the replicates."""
    cells = np.eye(n * n)[truth * n + called]
    return cells.sum(0).reshape(1, n, n), r.boot.sums(cells).reshape(-1, n, n)


def _estimate(r: Rows, statistic, tables: tuple[np.ndarray, np.ndarray], undefined: str, bounds: tuple[float, float]) -> Estimate:
    return r.boot.estimate(float(statistic(tables[0])[0]), statistic(tables[1]), undefined, bounds)


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


def partial_auroc(scores: np.ndarray, truth: np.ndarray):
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
            least = MAX_FPR**2 / 2
            out[i] = 0.5 * (1 + (np.trapezoid(y, x) - least) / (MAX_FPR - least))
        return out

    return of


def _against_the_rest(r: Rows) -> Iterator[tuple[float, np.ndarray]]:
    ones = np.ones((1, len(r.truth)))
    for i in range(len(r.space.classes)):
        statistic = auroc(r.p[:, i], r.truth[:, i])
        yield float(statistic(ones)[0]), r.boot.over_rows(statistic)


def _pairs(r: Rows) -> Iterator[tuple[float, np.ndarray]]:
    for a, b in combinations(range(len(r.space.classes)), 2):
        both = r.truth[:, a] | r.truth[:, b]
        if not both.any():
            yield np.nan, np.full(len(r.boot.counts), np.nan)
            continue
        for own, i in ((r.truth[:, a], a), (r.truth[:, b], b)):
            statistic = auroc(r.p[both, i], own[both])
            yield float(statistic(np.ones((1, int(both.sum()))))[0]), r.boot.over_rows(lambda w, f=statistic, m=both: f(w[:, m]))
