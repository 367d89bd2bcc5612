"""The headline metrics of a report, one function each. No torch."""

from collections.abc import Callable

import numpy as np

from core.evaluation.evaluation_report import AnalyticInterval
from core.evaluation.metrics.analytic import NOTE, delong
from core.evaluation.metrics.bootstrap import NO_IMAGE, average_precision, wilson
from core.evaluation.metrics.per_class import macro
from core.evaluation.predictions import ClassPredictions
from core.models.card import Estimate


def correct(r: ClassPredictions) -> np.ndarray:
    """Multiclass: the most probable class holds; multilabel: the decision at the threshold is right. bool (N,)."""
    return (r.predicted & r.truth).any(1) if r.space.kind == "multiclass" else ~r.wrong


# Keys follow scikit-learn's names. A metric added here appears in every report made from then on.
METRICS: dict[str, Callable[[ClassPredictions], Estimate]] = {
    "auroc": lambda r: r.auroc,
    "average_precision": lambda r: r.bootstrap.ranked(average_precision(r.score, r.positive), "no positive image"),
    "accuracy": lambda r: r.bootstrap.mean(correct(r)),
    "balanced_accuracy": lambda r: macro(r, "recall"),
    "f1_macro": lambda r: macro(r, "f1"),
    "sensitivity": lambda r: r.sensitivity(r.decision),
    "specificity": lambda r: r.specificity(r.decision),
    "precision": lambda r: r.bootstrap.proportion(r.positive, r.decision, "no image was called positive"),
    "npv": lambda r: r.bootstrap.proportion(~r.positive, ~r.decision, "no image was called negative"),
    "brier": lambda r: r.brier,
}


def headline(r: ClassPredictions) -> dict[str, Estimate]:
    """Every metric of `METRICS`."""
    return {name: metric(r) for name, metric in METRICS.items()}


def majority_baseline(r: ClassPredictions) -> Estimate:
    """Accuracy of giving every image the most frequent answer."""
    answers = r.truth if r.space.kind == "multiclass" else np.stack([~r.positive, r.positive], 1)
    return r.bootstrap.proportion(answers[:, int(answers.sum(0).argmax())], np.ones(len(answers)), NO_IMAGE)


def analytic_intervals(r: ClassPredictions) -> dict[str, AnalyticInterval]:
    """DeLong's interval of the AUROC and Wilson's of each proportion."""
    out: dict[str, AnalyticInterval] = {}
    if (found := delong(r.score, r.positive)) is not None:
        out["auroc"] = found
    shares = {
        "accuracy": (correct(r), np.ones(len(r), bool)),
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
