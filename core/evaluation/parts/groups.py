"""Parts of a report about groups of images: breasts and patients, and subgroups. No torch."""

from typing import Literal

from core.evaluation.parts.part import ReportPart
from core.models.card import Estimate

Level = Literal["image", "breast", "patient"]
Aggregation = Literal["none", "max", "mean"]


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
