"""Parts of a report about uncertainty: prediction sets, selective prediction, robustness and stability of the score. No torch."""

from core.evaluation.parts.part import ReportPart
from core.models.card import Estimate


class ConformalSets(ReportPart):
    """Prediction sets: every class whose probability reaches `probability_threshold`, which validation set."""

    alpha: float
    probability_threshold: float
    n_validation: int
    coverage: Estimate
    by_class: dict[str, Estimate]
    set_sizes: dict[str, int]  # size of the set → images
    mean_size: float


class SelectivePrediction(ReportPart):
    """Error rate of the decision at decreasing coverage; the images nearest to the threshold are left out first."""

    coverage: tuple[float, ...]
    n: tuple[int, ...]
    error_rate: tuple[float, ...]
    aurc: float  # area under the risk–coverage curve (Geifman & El-Yaniv 2017)


class PerturbationRobustness(ReportPart):
    """AUROC under one perturbation, its paired difference to the unperturbed images, and the share of decisions that change."""

    perturbation: str
    auroc: Estimate
    difference: Estimate
    decision_changes: Estimate


class ScoreStability(ReportPart):
    """Standard deviation of the score under small perturbations or test-time dropout, and whether it finds wrong decisions.

    `error_auroc`: AUROC of the standard deviation for wrong decisions. `distance_auroc`: that of the nearness to the threshold.
    """

    source: str
    median: float | None = None
    p90: float | None = None
    error_auroc: Estimate | None = None
    distance_auroc: Estimate | None = None
    undefined: str | None = None
