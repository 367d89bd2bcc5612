"""Numbers with their intervals: a patient-clustered bootstrap, all replicates at once. No torch.

Images of one patient are alike, so patients are drawn, not images (Efron & Tibshirani 1993, ch. 8).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from core.models.card import Estimate

REPLICATES = 2000
SINGLE_CLASS = "all images are of one class"
NO_IMAGE = "no image to count"
Statistic = Callable[[np.ndarray], np.ndarray]  # weights (r, N) → (r,)
CHUNK = 4_000_000  # weights held at once; bounds the memory to some hundred MB


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """How often each patient was drawn in each replicate.

    Attributes
    ----------
    codes : ndarray, int, shape (N,)
        Patient of each image, 0 … P − 1.
    counts : ndarray, float32, shape (R, P)
    """

    codes: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, patients: np.ndarray, replicates: int = REPLICATES, seed: int = 0) -> "Bootstrap":
        """Draw as many patients as there are, with replacement, `replicates` times."""
        _, codes = np.unique(np.asarray(patients).astype(str), return_inverse=True)
        n = int(codes.max()) + 1 if len(codes) else 0
        draws = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=replicates) if n else np.zeros((replicates, 0))
        return cls(codes, draws.astype(np.float32))

    def part(self, images: np.ndarray) -> "Bootstrap":
        """The same draws for some of the images, bool (N,)."""
        patients, codes = np.unique(self.codes[images], return_inverse=True)
        return Bootstrap(codes, self.counts[:, patients])

    @property
    def n_patients(self) -> int:
        """Different patients."""
        return self.counts.shape[1]

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sum of `values` (N, K) over the images of each replicate, float64 (R, K). Summed by patient first."""
        by_patient = np.zeros((self.n_patients, values.shape[1]))
        np.add.at(by_patient, self.codes, values)
        return self.counts.astype(np.float64) @ by_patient

    def over_rows(self, statistic: Statistic) -> np.ndarray:
        """A statistic that needs the single images: called with weights (r, N), a part of the replicates at a time."""
        step = max(1, CHUNK // max(1, len(self.codes)))
        codes, of = self.codes, statistic
        if isinstance(statistic, Ranked):  # its weights are gathered in the order of the scores at once, not twice
            codes, of = self.codes[statistic.order], statistic.of
        parts = [of(self.counts[i : i + step][:, codes]) for i in range(0, len(self.counts), step)]
        return np.concatenate(parts)

    def evaluate(self, statistic: Statistic) -> tuple[float, np.ndarray]:
        """A statistic on all images, and on each replicate (R,)."""
        return float(statistic(np.ones((1, len(self.codes))))[0]), self.over_rows(statistic)

    def ranked(self, statistic: Statistic, undefined: str) -> Estimate:
        """A statistic of weights (r, N) → (r,) with its interval."""
        return self.estimate(*self.evaluate(statistic), undefined)

    def auroc(self, scores: np.ndarray, truth: np.ndarray) -> Estimate:
        """The AUROC with its interval."""
        return self.ranked(auroc(scores, truth), SINGLE_CLASS)

    def difference(self, first: tuple[float, np.ndarray], second: tuple[float, np.ndarray], undefined: str = SINGLE_CLASS) -> Estimate:
        """Second less first, each as `evaluate` gives it: the same patients drawn for both."""
        return self.estimate(second[0] - first[0], second[1] - first[1], undefined)

    def estimate(self, value: float, replicates: np.ndarray, undefined: str) -> Estimate:
        """Value with the 2.5 and 97.5 percentiles of its replicates; `undefined` is the reason where it is NaN.

        Where all replicates agree, as for one patient or classes that the scores separate, the percentiles
        would be an interval without width, as if the value were certain: it has no interval then, and `method` says why.
        """
        n, p = len(self.codes), self.n_patients
        if not np.isfinite(value):
            return Estimate(value=None, method="patient-clustered bootstrap", n=n, n_patients=p, undefined=undefined)
        good = replicates[np.isfinite(replicates)]
        if p < 2:
            return Estimate(value=float(value), method="no interval: one patient", n=n, n_patients=p)
        if not len(good) or np.ptp(good) < 1e-12:
            return Estimate(value=float(value), method="no interval: all bootstrap replicates agree", n=n, n_patients=p)
        low, high = np.percentile(good, [2.5, 97.5])
        method = f"patient-clustered bootstrap, {len(good)} replicates"
        return Estimate(value=float(value), low=float(low), high=float(high), method=method, n=n, n_patients=p)

    def proportion(self, hits: np.ndarray, denominator: np.ndarray, undefined: str) -> Estimate:
        """`hits` (N,) as a share of `denominator` (N,), both 0/1.

        At 0 and at 1 all replicates agree and the bootstrap has no width; there Wilson's interval
        (1927) is given, with the patients, not the images, as its n.
        """
        hits, denominator = np.asarray(hits, float) * denominator, np.asarray(denominator, float)
        total = self.sums(np.stack([hits, denominator], 1))
        value = hits.sum() / denominator.sum() if denominator.sum() else np.nan
        e = self.estimate(value, ratio(total[:, 0], total[:, 1]), undefined)
        return e.model_copy(update={"n": int(denominator.sum())}) if value not in (0, 1) else self._wilson(value, denominator)

    def mean(self, values: np.ndarray) -> Estimate:
        """Mean of `values` (N,); a proportion, where they are all 0 or 1."""
        values, everyone = np.asarray(values, float), np.ones(len(values))
        if len(values) and np.isin(values, (0, 1)).all():
            return self.proportion(values, everyone, NO_IMAGE)
        return self.estimate(*self.mean_replicates(values), NO_IMAGE)

    def mean_replicates(self, values: np.ndarray) -> tuple[float, np.ndarray]:
        """Mean of `values` (N,) over all images, and over each replicate (R,)."""
        total = self.sums(np.stack([np.asarray(values, float), np.ones(len(values))], 1))
        return float(np.mean(values)) if len(values) else np.nan, ratio(total[:, 0], total[:, 1])

    def _wilson(self, value: float, denominator: np.ndarray) -> Estimate:
        patients = len(np.unique(self.codes[denominator > 0]))
        low, high = wilson(round(value * patients), patients)
        return Estimate(
            value=float(value),
            low=low,
            high=high,
            method="Wilson interval on patients",
            n=int(denominator.sum()),
            n_patients=self.n_patients,
        )


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a proportion."""
    interval = binomtest(successes, n).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a / b, NaN where b is 0."""
    a, b = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    return np.divide(a, b, out=np.full(a.shape, np.nan), where=b > 0)


@dataclass(frozen=True, eq=False)
class Ranked:
    """A statistic of the ranks, a function of weights (r, N) → (r,); `of` takes the weights in the order `order` already."""

    order: np.ndarray
    of: Callable[[np.ndarray], np.ndarray]

    def __call__(self, weights: np.ndarray) -> np.ndarray:
        """The statistic for weights (r, N) in the order of the images."""
        return self.of(weights[:, self.order])


def auroc(scores: np.ndarray, truth: np.ndarray) -> Ranked:
    """Weighted area under the ROC curve; ties count one half (Hanley & McNeil 1982)."""
    order, starts = _groups(scores)
    positive = np.asarray(truth, bool)[order]

    def of(w: np.ndarray) -> np.ndarray:
        p, q = _by_score(w, positive, starts), _by_score(w, ~positive, starts)
        below = np.cumsum(q, axis=1)
        return ratio(np.einsum("ij,ij->i", p, below - q / 2), p.sum(1) * below[:, -1])

    return Ranked(order, of)


def average_precision(scores: np.ndarray, truth: np.ndarray) -> Ranked:
    """Weighted average precision (scikit-learn's definition, no interpolation)."""
    order, starts = _groups(-np.asarray(scores, float))
    positive = np.asarray(truth, bool)[order]

    def of(w: np.ndarray) -> np.ndarray:
        p = _by_score(w, positive, starts)
        everything = np.add.reduceat(w, starts, axis=1, dtype=np.float64)
        precision = np.nan_to_num(ratio(np.cumsum(p, axis=1), np.cumsum(everything, axis=1)))
        return ratio((p * precision).sum(1), p.sum(1))

    return Ranked(order, of)


def _by_score(w: np.ndarray, kind: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Weight of one kind at each distinct score, float64 (r, S)."""
    mine = np.flatnonzero(kind)
    out = np.zeros((len(w), len(starts)))
    if not len(mine):
        return out
    group = np.searchsorted(starts, mine, "right") - 1
    first = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    out[:, group[first]] = w[:, mine] if len(first) == len(mine) else np.add.reduceat(w[:, mine], first, axis=1, dtype=np.float64)
    return out


def _groups(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ascending order of the scores, and where each run of equal ones starts."""
    scores = np.asarray(scores, float)
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    return order, np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
