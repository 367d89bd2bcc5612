"""EvaluationReport: what report.json holds, and Probes: what was measured with the model at hand. No torch.

Every number is an `Estimate`: with its 95 % interval, or the reason why it has none.
"""

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from core.errors import DataError
from core.files import read_json
from core.labels import LabelSpace
from core.models.card import Estimate

REPORT_FILE = "report.json"
PROBES_FILE = "probes.json"  # written by whoever has the model; becomes part of the report
Level = Literal["image", "breast", "patient"]
Aggregation = Literal["none", "max", "mean"]
Subset = Literal["all", "called positive", "missed"]


class ReportPart(BaseModel):
    """A part of a report: frozen, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


P = TypeVar("P", bound=ReportPart)


class SampleSize(ReportPart):
    """Images and patients of a split."""

    images: int
    patients: int


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


class LevelMetrics(ReportPart):
    """Images, breasts or patients as the units; a unit's score aggregates those of its images."""

    level: Level
    aggregation: Aggregation
    n: int
    auroc: Estimate
    sensitivity: Estimate
    specificity: Estimate


class Subgroup(ReportPart):
    """Images with one value of a stratum: density, view, laterality, source, finding or size."""

    stratum: str
    value: str
    n: int
    n_patients: int
    n_positive: int
    auroc: Estimate
    sensitivity: Estimate
    warning: str = ""


class BrierDecomposition(ReportPart):
    """Murphy's (1973) parts of the binned Brier score: reliability − resolution + uncertainty."""

    reliability: float
    resolution: float
    uncertainty: float


class CalibrationErrors(ReportPart):
    """Expected calibration error and Brier score of one temperature."""

    ece: Estimate
    brier: Estimate
    brier_decomposition: BrierDecomposition


class Calibration(ReportPart):
    """Calibration without and with the card's temperature (Guo et al. 2017)."""

    temperature: float
    binning: str
    before: CalibrationErrors
    after: CalibrationErrors


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


class PointingGame(ReportPart):
    """Share of heatmap peaks in the lesion (Zhang et al. 2018), against a random point and the centre of the breast."""

    method: str
    label: str
    n: int
    n_not_called: int
    hit: Estimate
    random: Estimate
    centre: Estimate
    difference_random: Estimate
    difference_centre: Estimate
    text: str


class HeatmapScores(ReportPart):
    """One heatmap method on a subset of the positive images."""

    method: str
    subset: Subset
    n: int
    pointing: Estimate
    energy: Estimate
    iou: Estimate


class HeatmapEvaluation(ReportPart):
    """Every heatmap method against the lesions' outlines."""

    label: str
    n: int
    rows: tuple[HeatmapScores, ...]


class Randomisation(ReportPart):
    """Rank correlation of the heatmap with that of a network of which one part was re-initialised (Adebayo et al. 2018)."""

    part: str
    similarity: Estimate


class DeletionCurves(ReportPart):
    """Mean score by the share of the breast deleted or inserted, hottest pixels first and in random order."""

    shares: tuple[float, ...]
    deletion: tuple[float, ...]
    insertion: tuple[float, ...]
    deletion_random: tuple[float, ...]
    insertion_random: tuple[float, ...]


class Faithfulness(ReportPart):
    """Randomisation test, and deletion and insertion (Petsiuk et al. 2018) as mean differences of the areas to random order."""

    n: int
    n_patients: int
    randomised: tuple[Randomisation, ...]
    curves: DeletionCurves
    deletion: Estimate
    insertion: Estimate


class Shortcut(ReportPart):
    """How well the network's features predict one value of an attribute, such as the source; or why it was not measured."""

    attribute: str
    value: str | None = None
    n: int | None = None
    auroc: Estimate | None = None
    undefined: str | None = None


class Probes(ReportPart):
    """What needs the model; None where it was not measured."""

    localisation: PointingGame | None = None
    heatmaps: HeatmapEvaluation | None = None
    faithfulness: Faithfulness | None = None
    shortcuts: tuple[Shortcut, ...] | None = None


class EvaluationReport(Probes):
    """Everything that the report pages draw.

    Attributes
    ----------
    split : str
        The split that was evaluated, usually "test"; `test` is its size.
    threshold, threshold_rule, temperature
        Of the checkpoint's card, chosen on validation.
    metrics, agreement : dict of str to Estimate
        Keys follow scikit-learn's names.
    confusion : ConfusionMatrix
        Of the most probable class; in a multilabel space of the decision at the threshold.
    confusion_at_threshold : ConfusionMatrix
        Of the decision on the positive class or group.
    predicted_counts : dict of str to int
        How often each class was predicted.
    summary : tuple of str
        The most frequent confusions in sentences.
    robustness, stability
        None without sweep.csv.
    notes : tuple of str
        What was left out, and why.
    """

    schema_version: Literal[2] = 2
    checkpoint: str
    title: str
    synthetic: bool
    label_space: LabelSpace
    split_sha256: str
    waiver: str | None
    split: str
    temperature: float
    threshold: float
    threshold_rule: str
    test: SampleSize
    validation: SampleSize
    prevalence: Estimate
    majority_baseline: Estimate
    metrics: dict[str, Estimate]
    per_class: tuple[ClassMetrics, ...]
    confusion: ConfusionMatrix
    confusion_at_threshold: ConfusionMatrix
    roc_curves: tuple[RocCurve, ...]
    predicted_counts: dict[str, int]
    analytic_intervals: dict[str, AnalyticInterval]
    agreement: dict[str, Estimate]
    by_level: tuple[LevelMetrics, ...]
    subgroups: tuple[Subgroup, ...]
    calibration: Calibration
    conformal: ConformalSets | None
    selective_prediction: SelectivePrediction
    summary: tuple[str, ...]
    grouped: tuple[GroupedConfusion, ...]
    robustness: tuple[PerturbationRobustness, ...] | None = None
    stability: tuple[ScoreStability, ...] | None = None
    multilabel: Multilabel | None = None
    notes: tuple[str, ...] = ()


def load_report(folder: Path) -> EvaluationReport | None:
    """The saved report.json of a checkpoint folder; None where there is none.

    Raises
    ------
    DataError
        If it is not valid.
    """
    path = Path(folder) / REPORT_FILE
    return load_part(EvaluationReport, path) if path.is_file() else None


def load_probes(folder: Path) -> Probes:
    """probes.json of a checkpoint folder; empty where there is none.

    Raises
    ------
    DataError
        If it is not valid.
    """
    path = Path(folder) / PROBES_FILE
    return load_part(Probes, path) if path.is_file() else Probes()


def load_part(kind: type[P], path: Path) -> P:
    """A model of this module or of its relatives from a JSON file.

    Raises
    ------
    DataError
        If the file is not valid.
    """
    try:
        return kind.model_validate(read_json(path))
    except ValueError as e:  # ValidationError is one
        raise DataError(
            f"{path.name} of {path.parent.name} is damaged or of another version.",
            f"Make it again: `second-reader evaluate {path.parent.name} --data DIR --save`.",
        ) from e
