"""ResolutionReport: what resolution.json holds, the AUROC of a checkpoint at coarser resolutions. No torch."""

from pathlib import Path
from typing import Literal

from core.evaluation.parts.part import ReportPart, load_part
from core.models.card import Card, Estimate

FILE = "resolution.json"


class ResolutionLevel(ReportPart):
    """One resolution: `size` rows and columns that carry detail, `microns` of breast a pixel (median), None where files give no spacing.

    `difference`: AUROC less that at full resolution, paired. `by_class`: AUROC of each class.
    """

    factor: int
    size: tuple[int, int]
    microns: float | None
    auroc: Estimate
    sensitivity: Estimate
    specificity: Estimate
    difference: Estimate | None
    by_class: dict[str, Estimate]


class ResolutionReport(ReportPart):
    """AUROC of a checkpoint at several resolutions; `manifest_sha256` is of the images that were scored."""

    checkpoint: str
    weights_sha256: str
    manifest_sha256: str
    split: Literal["test", "all"]
    synthetic: bool
    n: int
    n_patients: int
    positive: str
    n_positive: int
    levels: tuple[ResolutionLevel, ...]


def load_resolution(folder: Path, card: Card) -> ResolutionReport | None:
    """resolution.json of a checkpoint folder; None where there is none, or it is of other weights.

    Raises
    ------
    DataError
        If it is not valid.
    """
    path = Path(folder) / FILE
    if not path.is_file():
        return None
    found = load_part(ResolutionReport, path)
    return found if found.weights_sha256 == card.weights.sha256 else None
