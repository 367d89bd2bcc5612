"""EvaluationReport: what report.json holds. No torch."""

from pathlib import Path
from typing import Literal

from core.evaluation.parts.calibration import Calibration
from core.evaluation.parts.decisions import AnalyticInterval, Argmax, ClassMetrics, ConfusionMatrix, RocCurve
from core.evaluation.parts.groups import LevelMetrics, Subgroup
from core.evaluation.parts.multilabel import Multilabel
from core.evaluation.parts.part import SampleSize, load_part
from core.evaluation.parts.probes import Probes
from core.evaluation.parts.uncertainty import ConformalSets, PerturbationRobustness, ScoreStability, SelectivePrediction
from core.labels import LabelSpace
from core.models.card import Estimate

REPORT_FILE = "report.json"
PROBES_FILE = "probes.json"  # written by whoever has the model; becomes part of the report


class EvaluationReport(Probes):
    """Everything that the Models page draws, by one decision rule: positive at or above the threshold.

    Attributes
    ----------
    split : str
        The split that was evaluated, usually "test"; `test` is its size.
    temperature
        Of the checkpoint's card, fitted on validation.
    threshold, threshold_rule
        The operating point: of the card, chosen on validation, or another one that the rule names.
    metrics, agreement : dict of str to Estimate
        Keys follow scikit-learn's names. Of the decision, or of the score itself (AUROCs, average precision, Brier score).
    majority_baseline : Estimate
        Accuracy of giving every image the more frequent decision.
    per_class, confusion
        Of the decision: the positive class or group, and the rest.
    summary : tuple of str
        The wrong decisions in sentences.
    argmax : Argmax or None
        The most probable class of each image, for more than two classes; the only part under another rule.
    robustness, stability
        None without sweep.csv.
    notes : tuple of str
        What was left out, and why.
    """

    schema_version: Literal[3] = 3
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
    roc_curves: tuple[RocCurve, ...]
    analytic_intervals: dict[str, AnalyticInterval]
    agreement: dict[str, Estimate]
    by_level: tuple[LevelMetrics, ...]
    subgroups: tuple[Subgroup, ...]
    calibration: Calibration
    conformal: ConformalSets | None
    selective_prediction: SelectivePrediction
    summary: tuple[str, ...]
    argmax: Argmax | None = None
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
