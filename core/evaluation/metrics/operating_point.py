"""What a threshold does: counts, rates with intervals, net benefit, and the same for patients of another prevalence. No torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.evaluation.metrics.bootstrap import ratio
from core.evaluation.predictions import Predictions
from core.inference.threshold_rule import CONSOLE_RULES
from core.models.card import Estimate

RateName = Literal["sensitivity", "specificity", "ppv", "npv"]
# rate → (cell of the hits, cell of the rest, why it may be undefined); cells: true and false positives, false and true negatives
_RATES: dict[RateName, tuple[int, int, str]] = {
    "sensitivity": (0, 2, "no positive image"),
    "specificity": (3, 1, "no negative image"),
    "ppv": (0, 1, "none was called positive"),
    "npv": (3, 2, "none was called negative"),
}


@dataclass(frozen=True)
class OperatingPoint:
    """One threshold on one split: counts, and rates with the patient-clustered interval."""

    threshold: float
    tp: int
    fp: int
    fn: int
    tn: int
    rates: dict[RateName, Estimate]

    @property
    def net_benefit(self) -> float:
        """True positives less false ones weighed by the odds of the threshold, an image (Vickers & Elkin 2006)."""
        n, odds = self.tp + self.fp + self.fn + self.tn, self.threshold / max(1e-9, 1 - self.threshold)
        return (self.tp - self.fp * odds) / n


def expected_counts(metrics: Mapping[str, Estimate], patients: int, prevalence: float) -> dict[str, int]:
    """Of `patients` with a share `prevalence` of positives: true positives, false negatives, false positives, true negatives.

    Whole numbers that add up; sensitivity and specificity are taken to hold at every prevalence, which is never quite true.
    """
    positive = round(patients * prevalence)
    tp = round(positive * (metrics["sensitivity"].value or 0.0))
    fp = round((patients - positive) * (1 - (metrics["specificity"].value or 0.0)))
    return {"tp": tp, "fn": positive - tp, "fp": fp, "tn": patients - positive - fp}


def at(predictions: Predictions, threshold: float) -> OperatingPoint:
    """Counts and rates where a score at or above `threshold` is called positive."""
    called, truth, boot = predictions.called(threshold), predictions.positive, predictions.bootstrap
    cells = np.stack([called & truth, called & ~truth, ~called & truth, ~called & ~truth], 1)
    totals = boot.sums(cells)  # once for all four rates: a slider waits for it
    rates: dict[RateName, Estimate] = {}
    for name, (hit, miss, undefined) in _RATES.items():
        n, hits = int(cells[:, [hit, miss]].sum()), int(cells[:, hit].sum())
        if n and hits in (0, n):  # no replicate differs; see Bootstrap.proportion
            rates[name] = boot.proportion(cells[:, hit], cells[:, hit] | cells[:, miss], undefined)
            continue
        replicates = ratio(totals[:, hit], totals[:, hit] + totals[:, miss])
        rates[name] = boot.estimate(hits / n if n else np.nan, replicates, undefined).model_copy(update={"n": n})
    tp, fp, fn, tn = (int(c) for c in cells.sum(0))
    return OperatingPoint(float(threshold), tp, fp, fn, tn, rates)


def net_benefits(predictions: Predictions, thresholds: np.ndarray) -> dict[str, np.ndarray]:
    """Net benefit by threshold: of the model, of calling everything positive, and of calling nothing so."""
    scores, truth = predictions.score, predictions.positive
    tp, fp = (len(s) - np.searchsorted(s, thresholds, "left") for s in (np.sort(scores[truth]), np.sort(scores[~truth])))
    n, odds = len(scores), thresholds / np.maximum(1e-9, 1 - thresholds)
    positive = truth.sum()
    return {"model": (tp - fp * odds) / n, "all": (positive - (n - positive) * odds) / n, "none": np.zeros(len(thresholds))}


def band(validation: Predictions, score: float) -> int:
    """Band 1 to 10 of a score: tenths of the validation images without the positive class; 10 means above nine tenths of them."""
    negative = validation.score[~validation.positive]
    return min(10, 1 + int(10 * (negative < score).mean())) if len(negative) else 10


def chosen_on(validation: Predictions) -> dict[str, float]:
    """Threshold of each of `CONSOLE_RULES`, by the rule's text, chosen on the validation split."""
    return {str(rule): rule.choose(validation.score, validation.positive)[0] for rule in CONSOLE_RULES}
