"""Do scores mean what they say? Reliability by bins, expected calibration error, Brier score and its parts. No torch."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.metrics.bootstrap import ratio
from core.evaluation.metrics.operating_point import Scores
from core.evaluation.rows import Rows
from core.inference.calibration import probabilities
from core.models.card import Estimate

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Images of similar score: their mean score, the share that is positive, and how many they are."""

    score: float
    rate: Estimate
    n: int


@dataclass(frozen=True)
class Reliability:
    """Attributes
    ----------
    bins : tuple of Bin
        Of equal counts, lowest scores first.
    ece : Estimate
        Mean distance of score and rate over the bins, weighed by n (Naeini et al. 2015, here with bins of equal counts).
    brier : Estimate
        Mean squared distance of score and truth.
    parts : dict of str to float
        Murphy's (1973) decomposition of the binned Brier score: reliability − resolution + uncertainty.
    """

    bins: tuple[Bin, ...]
    ece: Estimate
    brier: Estimate
    parts: dict[str, float]

    @property
    def sentence(self) -> str:
        """The result in words, with the binning."""
        ece = f"{self.ece.value:.3f} ({self.ece.low:.3f} to {self.ece.high:.3f})"
        return (
            f"Expected calibration error {ece} over {len(self.bins)} bins of equal counts; Brier score {self.brier.value:.3f}, "
            f"where always saying the prevalence has {self.parts['uncertainty']:.3f}."
        )


def reliability(scores: Scores, bins: int = BINS) -> Reliability:
    """Reliability of calibrated scores. Equal scores share a bin, so there may be fewer bins than asked for."""
    edges = np.unique(np.quantile(scores.scores, np.linspace(0, 1, bins + 1)[1:-1]))
    where = np.searchsorted(edges, scores.scores, "right")
    used, where = np.unique(where, return_inverse=True)
    member = np.eye(len(used))[where]
    boot, truth = scores.bootstrap, scores.truth.astype(float)
    columns = np.concatenate([member, member * scores.scores[:, None], member * truth[:, None]], 1)
    totals = np.concatenate([columns.sum(0)[None], boot.sums(columns)]).reshape(-1, 3, len(used))
    n, mean, rate = totals[:, 0], ratio(totals[:, 1], totals[:, 0]), ratio(totals[:, 2], totals[:, 0])
    gaps = np.nansum(n * np.abs(mean - rate), 1) / n.sum(1)
    squared = (scores.scores - truth) ** 2
    draws = ratio(*boot.sums(np.stack([squared, np.ones(len(truth))], 1)).T)
    prevalence, share = truth.mean(), n[0] / n[0].sum()
    parts = {
        "reliability": float((share * (mean[0] - rate[0]) ** 2).sum()),
        "resolution": float((share * (rate[0] - prevalence) ** 2).sum()),
        "uncertainty": float(prevalence * (1 - prevalence)),
    }
    found = tuple(
        Bin(float(mean[0, i]), boot.proportion(truth * member[:, i], member[:, i], "an empty bin"), int(n[0, i])) for i in range(len(used))
    )
    return Reliability(found, boot.estimate(float(gaps[0]), gaps[1:], ""), boot.estimate(float(squared.mean()), draws, ""), parts)


def before_and_after(rows: Rows, logits: np.ndarray, temperature: float, replicates: int) -> dict:
    """ECE and Brier score without and with the temperature (Guo et al. 2017), and Murphy's parts.

    Returns
    -------
    dict
        "temperature", "binning", and "before" and "after" with "ece" and "brier" as Estimates and "parts".
    """
    out: dict = {"temperature": temperature, "binning": f"{BINS} bins of equal counts"}
    for name, t in (("before", 1.0), ("after", temperature)):
        score = np.minimum(rows.space.positive_score(probabilities(logits, rows.space, t)), 1.0)
        found = reliability(Scores(np.asarray(score), rows.positive, rows.strata["patient"].to_numpy(str), replicates))
        out[name] = {"ece": found.ece, "brier": found.brier, "parts": found.parts}
    return out
