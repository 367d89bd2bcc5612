"""What a threshold does: counts, rates with intervals, net benefit, and the same for patients of another prevalence. No torch."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from core.evaluation.metrics.bootstrap import REPLICATES, Bootstrap, ratio
from core.evaluation.predictions import logits_of, read_predictions, truth_of
from core.inference.calibration import choose_threshold, probabilities
from core.models.card import Card, Estimate

RULES = ("youden", "sensitivity=0.90", "sensitivity=0.95", "specificity=0.90", "specificity=0.95", "cost=5", "cost=20")
# rate → (cell of the hits, cell of the rest, why it may be undefined); cells: true and false positives, false and true negatives
_RATES = {
    "sensitivity": (0, 2, "no positive image"),
    "specificity": (3, 1, "no negative image"),
    "ppv": (0, 1, "none was called positive"),
    "npv": (3, 2, "none was called negative"),
}


@dataclass(frozen=True, eq=False)
class Scores:
    """Calibrated scores of a split with their truth.

    Attributes
    ----------
    scores : ndarray, float64 (N,)
    truth : ndarray, bool (N,)
        True where the positive class or group holds.
    patients : ndarray, str (N,)
    """

    scores: np.ndarray
    truth: np.ndarray
    patients: np.ndarray
    replicates: int = REPLICATES

    @cached_property
    def bootstrap(self) -> Bootstrap:
        """Patients drawn once; every threshold uses the same draws."""
        return Bootstrap.of(self.patients, self.replicates)


@dataclass(frozen=True)
class OperatingPoint:
    """One threshold on one split: counts, and rates with the patient-clustered interval."""

    threshold: float
    tp: int
    fp: int
    fn: int
    tn: int
    rates: dict[str, Estimate]

    @property
    def net_benefit(self) -> float:
        """True positives less false ones weighed by the odds of the threshold, an image (Vickers & Elkin 2006)."""
        n, odds = self.tp + self.fp + self.fn + self.tn, self.threshold / max(1e-9, 1 - self.threshold)
        return (self.tp - self.fp * odds) / n

    def among(self, women: int, prevalence: float) -> dict[str, int]:
        """Of `patients` with a share `prevalence` of positives: found, missed, false alarms, rightly left alone.

        Whole numbers that add up; sensitivity and specificity are taken to hold at every prevalence, which is never quite true.
        """
        positive = round(women * prevalence)
        found = round(positive * (self.rates["sensitivity"].value or 0.0))
        alarms = round((women - positive) * (1 - (self.rates["specificity"].value or 0.0)))
        return {"found": found, "missed": positive - found, "false alarms": alarms, "left alone": women - positive - alarms}


def scores_of(folder: Path, card: Card, split: str, temperature: float | None = None) -> Scores:
    """The scores of a split from a checkpoint's predictions.csv, calibrated by the card's temperature unless another is given.

    Raises
    ------
    DataError
        If the file is missing or damaged.
    """
    space = card.label_space
    frame = read_predictions(folder, space)
    frame = frame[frame["split"] == split]
    p = probabilities(logits_of(frame, space), space, temperature or card.temperature)
    truth = truth_of(frame, space)[:, list(space.members(space.positive))].any(1)
    return Scores(np.asarray(space.positive_score(p)), truth, frame["patient"].to_numpy(str))


def at(scores: Scores, threshold: float) -> OperatingPoint:
    """Counts and rates where a score at or above `threshold` is called positive."""
    called, truth = scores.scores >= threshold, scores.truth
    cells = np.stack([called & truth, called & ~truth, ~called & truth, ~called & ~truth], 1)
    totals = scores.bootstrap.sums(cells)  # once for all four rates: a slider waits for it
    rates = {}
    for name, (hit, miss, undefined) in _RATES.items():
        n, hits = int(cells[:, [hit, miss]].sum()), int(cells[:, hit].sum())
        if n and hits in (0, n):  # no replicate differs; see Bootstrap.proportion
            rates[name] = scores.bootstrap.proportion(cells[:, hit], cells[:, [hit, miss]].any(1), undefined)
            continue
        replicates = ratio(totals[:, hit], totals[:, hit] + totals[:, miss])
        rates[name] = scores.bootstrap.estimate(hits / n if n else np.nan, replicates, undefined).model_copy(update={"n": n})
    return OperatingPoint(float(threshold), *(int(c) for c in cells.sum(0)), rates)


def net_benefits(scores: Scores, thresholds: np.ndarray) -> dict[str, np.ndarray]:
    """Net benefit by threshold: of the model, of calling everything positive, and of calling nothing so."""
    order = np.sort(scores.scores[scores.truth]), np.sort(scores.scores[~scores.truth])
    tp, fp = (len(s) - np.searchsorted(s, thresholds, "left") for s in order)
    n, odds = len(scores.scores), thresholds / np.maximum(1e-9, 1 - thresholds)
    positive = scores.truth.sum()
    return {"model": (tp - fp * odds) / n, "all": (positive - (n - positive) * odds) / n, "none": np.zeros(len(thresholds))}


def band(validation: Scores, score: float) -> int:
    """Band 1 to 10 of a score: tenths of the validation images without the positive class; 10 means above nine tenths of them."""
    calm = validation.scores[~validation.truth]
    return min(10, 1 + int(10 * (calm < score).mean())) if len(calm) else 10


def chosen_on(validation: Scores) -> dict[str, float]:
    """Threshold of each rule in `RULES`, chosen on the validation split."""
    return {rule: choose_threshold(validation.scores, validation.truth, rule)[0] for rule in RULES}
