"""Intervals by formula, which stand beside the bootstrap's. They take images as independent, and say so. No torch."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, rankdata

Z = float(norm.ppf(0.975))
NOTE = "ignores that images of one patient are alike"


@dataclass(frozen=True)
class AnalyticInterval:
    """An interval by formula."""

    method: str
    low: float
    high: float
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
    """95 % interval of an AUROC (DeLong et al. 1988, Biometrics 44), cut at 0 and 1; None with fewer than two of either kind."""
    v10, v01 = placements(scores, truth)
    if min(len(v10), len(v01)) < 2:
        return None
    area, se = v10.mean(), np.sqrt(v10.var(ddof=1) / len(v10) + v01.var(ddof=1) / len(v01))
    return AnalyticInterval("DeLong", float(max(0, area - Z * se)), float(min(1, area + Z * se)))


def delong_test(first: np.ndarray, second: np.ndarray, truth: np.ndarray) -> dict[str, float | str] | None:
    """Two scores on the same images: difference of the AUROCs (second less first), its 95 % interval, z and two-sided p.

    None with fewer than two of either kind.
    """
    if min(np.sum(truth), len(truth) - np.sum(truth)) < 2:
        return None
    a, b = placements(first, truth), placements(second, truth)
    difference = float(b[0].mean() - a[0].mean())
    variance = sum(float(np.var(y - x, ddof=1)) / len(x) for x, y in zip(a, b, strict=True))
    se = float(np.sqrt(variance))
    z = difference / se if se else 0.0
    low, high = difference - Z * se, difference + Z * se
    return {"difference": difference, "low": low, "high": high, "z": z, "p": float(2 * norm.sf(abs(z))), "note": NOTE}
