"""Parts of a report that were measured with the model at hand: heatmaps and shortcuts. No torch."""

from typing import Literal

from core.evaluation.parts.part import ReportPart
from core.models.card import Estimate

Subset = Literal["all", "called positive", "missed"]


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


class FrocPoint(ReportPart):
    """Share of the lesions found, and of the marks that find one, with so many marks an image at most (FROC)."""

    marks: int
    n: int
    recall: Estimate
    precision: Estimate


class HeatmapScale(ReportPart):
    """Raw Grad-CAM peaks of one class on the validation images: 5th, 50th and 95th percentile; `high` is drawn in full colour."""

    label: str
    n: int
    low: float
    median: float
    high: float


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
    heatmap_scale: tuple[HeatmapScale, ...] | None = None
    froc: tuple[FrocPoint, ...] | None = None

    def full_colour(self, label: str) -> float | None:
        """The raw heatmap value of `label` that is drawn in full colour; None where it was not measured."""
        return next((s.high for s in self.heatmap_scale or () if s.label == label and s.high > 0), None)
