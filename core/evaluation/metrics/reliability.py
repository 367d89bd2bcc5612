"""Calibration of scores: reliability by bins, expected calibration error, Brier score and its parts. No torch."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.metrics.bootstrap import NO_IMAGE, ratio
from core.evaluation.parts.calibration import BrierDecomposition, Calibration, CalibrationErrors
from core.evaluation.predictions import ClassPredictions, Predictions
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
    decomposition : BrierDecomposition
    """

    bins: tuple[Bin, ...]
    ece: Estimate
    brier: Estimate
    decomposition: BrierDecomposition

    @property
    def sentence(self) -> str:
        """The result in words, with the binning."""
        return (
            f"Expected calibration error {self.ece.text(3)} over {len(self.bins)} bins of equal counts; Brier score "
            f"{self.brier.value:.3f}, where always predicting the prevalence has {self.decomposition.uncertainty:.3f}."
        )


def reliability(predictions: Predictions, bins: int = BINS) -> Reliability:
    """Reliability of calibrated scores. Equal scores share a bin, so there may be fewer than `bins`."""
    scores, boot, truth = predictions.score, predictions.bootstrap, predictions.positive.astype(float)
    edges = np.unique(np.quantile(scores, np.linspace(0, 1, bins + 1)[1:-1]))
    used, where = np.unique(np.searchsorted(edges, scores, "right"), return_inverse=True)
    member = np.eye(len(used))[where]
    columns = np.concatenate([member, member * scores[:, None], member * truth[:, None]], 1)
    totals = np.concatenate([columns.sum(0)[None], boot.sums(columns)]).reshape(-1, 3, len(used))
    n, mean, rate = totals[:, 0], ratio(totals[:, 1], totals[:, 0]), ratio(totals[:, 2], totals[:, 0])
    gaps = np.nansum(n * np.abs(mean - rate), 1) / n.sum(1)
    prevalence, share = truth.mean(), n[0] / n[0].sum()
    decomposition = BrierDecomposition(
        reliability=float((share * (mean[0] - rate[0]) ** 2).sum()),
        resolution=float((share * (rate[0] - prevalence) ** 2).sum()),
        uncertainty=float(prevalence * (1 - prevalence)),
    )
    found = tuple(
        Bin(float(mean[0, i]), boot.proportion(truth * member[:, i], member[:, i], "an empty bin"), int(n[0, i])) for i in range(len(used))
    )
    return Reliability(found, boot.estimate(float(gaps[0]), gaps[1:], NO_IMAGE), predictions.brier, decomposition)


def before_and_after(r: ClassPredictions, temperature: float) -> Calibration:
    """ECE and Brier score without and with the temperature (Guo et al. 2017), and Murphy's parts."""
    return Calibration(
        temperature=temperature,
        binning=f"{BINS} bins of equal counts",
        before=_errors(r.with_temperature(1.0)),
        after=_errors(r),
    )


def _errors(predictions: Predictions) -> CalibrationErrors:
    found = reliability(predictions)
    return CalibrationErrors(ece=found.ece, brier=found.brier, brier_decomposition=found.decomposition)
