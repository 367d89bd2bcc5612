"""Parts of a report about labels that may occur together. No torch."""

from core.evaluation.parts.part import ReportPart
from core.models.card import Estimate


class LabelMetrics(ReportPart):
    """One label of a multilabel space at a threshold of its own, which validation chose."""

    label: str
    threshold: float
    threshold_rule: str
    n_validation: int
    n_validation_positive: int
    sensitivity: Estimate
    specificity: Estimate
    precision: Estimate
    auroc: Estimate


class CoOccurrence(ReportPart):
    """Images that bear two labels, `labels` × `labels`; the last is "none". `predicted`: row true, column predicted."""

    labels: tuple[str, ...]
    true: tuple[tuple[int, ...], ...]
    predicted: tuple[tuple[int, ...], ...]


class Multilabel(ReportPart):
    """What a multilabel space has besides the metrics of its positive group.

    `hamming_loss` and `subset_accuracy` by decision rule: "own" threshold of each label, "half" (0.5 for each), and the
    "baseline" that predicts `most_frequent_set` for every image.
    """

    labels: tuple[LabelMetrics, ...]
    hamming_loss: dict[str, Estimate]
    subset_accuracy: dict[str, Estimate]
    most_frequent_set: tuple[str, ...]
    co_occurrence: CoOccurrence
