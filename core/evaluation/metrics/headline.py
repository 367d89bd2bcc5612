"""The headline metrics of a report, one function each. No torch."""

from collections.abc import Callable

import numpy as np

from core.evaluation.metrics.analytic import NOTE, delong
from core.evaluation.metrics.bootstrap import NO_IMAGE, average_precision, wilson
from core.evaluation.metrics.decisions import Decisions
from core.evaluation.metrics.per_class import macro
from core.evaluation.parts.decisions import AnalyticInterval
from core.evaluation.predictions import ClassPredictions
from core.models.card import Estimate

# Keys follow scikit-learn's names. A metric added here appears in every report made from then on.
RANKED: dict[str, Callable[[ClassPredictions], Estimate]] = {  # of the score, without a decision
    "auroc": lambda r: r.auroc,
    "average_precision": lambda r: r.bootstrap.ranked(average_precision(r.score, r.positive), "no positive image"),
    "brier": lambda r: r.brier,
}
DECIDED: dict[str, Callable[[ClassPredictions], Estimate]] = {  # of the decision at the threshold
    "accuracy": lambda r: r.bootstrap.mean(~r.wrong),
    "balanced_accuracy": lambda r: macro(Decisions.at_threshold(r), "recall"),
    "f1_macro": lambda r: macro(Decisions.at_threshold(r), "f1"),
    "sensitivity": lambda r: r.sensitivity(r.decision),
    "specificity": lambda r: r.specificity(r.decision),
    "precision": lambda r: r.bootstrap.proportion(r.positive, r.decision, "no image was called positive"),
    "npv": lambda r: r.bootstrap.proportion(~r.positive, ~r.decision, "no image was called negative"),
}


def ranked(r: ClassPredictions) -> dict[str, Estimate]:
    """Every metric of `RANKED`; the same at every threshold."""
    return {name: metric(r) for name, metric in RANKED.items()}


def decided(r: ClassPredictions) -> dict[str, Estimate]:
    """Every metric of `DECIDED`."""
    return {name: metric(r) for name, metric in DECIDED.items()}


def majority_baseline(d: Decisions) -> Estimate:
    """Accuracy of giving every image the most frequent answer."""
    return d.bootstrap.proportion(d.truth[:, int(d.truth.sum(0).argmax())], np.ones(len(d.truth)), NO_IMAGE)


def area_interval(r: ClassPredictions) -> dict[str, AnalyticInterval]:
    """DeLong's interval of the AUROC, where it is defined."""
    found = delong(r.score, r.positive)
    return {} if found is None else {"auroc": found}


def share_intervals(r: ClassPredictions) -> dict[str, AnalyticInterval]:
    """Wilson's interval of each proportion of the decision."""
    out: dict[str, AnalyticInterval] = {}
    shares = {
        "accuracy": (~r.wrong, np.ones(len(r), bool)),
        "sensitivity": (r.decision, r.positive),
        "specificity": (~r.decision, ~r.positive),
        "precision": (r.positive, r.decision),
        "npv": (~r.positive, ~r.decision),
    }
    for name, (hit, denominator) in shares.items():
        if denominator.any():
            low, high = wilson(int((hit & denominator).sum()), int(denominator.sum()))
            out[name] = AnalyticInterval(method="Wilson", low=low, high=high, note=NOTE)
    return out
