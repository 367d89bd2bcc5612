"""Intervals and tests by formula. They take images as independent, and say so. No torch."""

import numpy as np
from scipy.stats import norm, rankdata

from core.evaluation.parts.decisions import AnalyticInterval
from core.evaluation.parts.part import ReportPart

Z = float(norm.ppf(0.975))
NOTE = "ignores that images of one patient are alike"


class DeLongTest(ReportPart):
    """Difference of two AUROCs (second less first) on the same images, its 95 % interval, z and two-sided p."""

    difference: float
    low: float
    high: float
    z: float
    p: float
    note: str = NOTE


def placements(scores: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """DeLong's structural components: for each positive the share of negatives below it (ties one half), and the reverse.

    By mid-ranks (Sun & Xu 2014, IEEE Signal Process Lett 21(11)), in n log n.
    """
    scores, truth = np.asarray(scores, float), np.asarray(truth, bool)
    positive, negative = scores[truth], scores[~truth]
    ranks = rankdata(np.r_[positive, negative])
    m, n = len(positive), len(negative)
    return (ranks[:m] - rankdata(positive)) / n, 1 - (ranks[m:] - rankdata(negative)) / m


def delong(scores: np.ndarray, truth: np.ndarray) -> AnalyticInterval | None:
    """95 % interval of an AUROC (DeLong et al. 1988, Biometrics 44), clipped to [0, 1].

    None with fewer than two of either class, and where its variance is 0, as with separated classes.
    """
    if min(np.sum(truth), len(truth) - np.sum(truth)) < 2:
        return None
    v10, v01 = placements(scores, truth)
    area, se = v10.mean(), np.sqrt(v10.var(ddof=1) / len(v10) + v01.var(ddof=1) / len(v01))
    if not se:
        return None
    return AnalyticInterval(method="DeLong", low=float(max(0, area - Z * se)), high=float(min(1, area + Z * se)), note=NOTE)


def delong_test(first: np.ndarray, second: np.ndarray, truth: np.ndarray) -> DeLongTest | None:
    """DeLong's paired test of two scores on the same images; None with fewer than two of either class, or without variance."""
    if min(np.sum(truth), len(truth) - np.sum(truth)) < 2:
        return None
    a, b = placements(first, truth), placements(second, truth)
    difference = float(b[0].mean() - a[0].mean())
    se = float(np.sqrt(sum(float(np.var(y - x, ddof=1)) / len(x) for x, y in zip(a, b, strict=True))))
    if not se and difference:
        return None
    z = difference / se if se else 0.0
    return DeLongTest(difference=difference, low=difference - Z * se, high=difference + Z * se, z=z, p=float(2 * norm.sf(abs(z))))
