"""Parts of a report that count decisions: confusion matrix, classes, ROC curves. No torch."""

from typing import Literal

from core.evaluation.parts.part import ReportPart
from core.models.card import Estimate


class ConfusionMatrix(ReportPart):
    """Counts of images: rows true, columns predicted."""

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


class GroupedConfusion(ConfusionMatrix):
    """A group of classes against the rest, by the most probable class; `text` says it in a sentence."""

    group: str
    text: str


class ClassMetrics(ReportPart):
    """One class against the rest."""

    label: str
    precision: Estimate
    recall: Estimate
    f1: Estimate
    auroc: Estimate
    support: int


class Argmax(ReportPart):
    """A space of more than two classes, each image counted as its most probable class. Nothing here depends on the threshold.

    Attributes
    ----------
    metrics : dict of str to Estimate
        accuracy, balanced_accuracy, f1_macro, mcc, cohen_kappa and, for ordered classes, quadratic_kappa.
    predicted_counts : dict of str to int
        How often each class was predicted.
    summary : tuple of str
        The most frequent confusions in sentences.
    grouped : tuple of GroupedConfusion
        Each group of classes against the rest.
    """

    metrics: dict[str, Estimate]
    majority_baseline: Estimate
    confusion: ConfusionMatrix
    per_class: tuple[ClassMetrics, ...]
    predicted_counts: dict[str, int]
    summary: tuple[str, ...]
    grouped: tuple[GroupedConfusion, ...]


class RocCurve(ReportPart):
    """The ROC curve of a class or group against the rest."""

    label: str
    fpr: tuple[float, ...]
    tpr: tuple[float, ...]
    auroc: Estimate


class AnalyticInterval(ReportPart):
    """A 95 % interval by formula, which takes images as independent."""

    method: Literal["DeLong", "Wilson"]
    low: float
    high: float
    note: str
