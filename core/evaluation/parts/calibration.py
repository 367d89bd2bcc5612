"""Parts of a report about calibrated scores: errors before and after the temperature. No torch."""

from core.evaluation.parts.part import ReportPart
from core.models.card import Estimate


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
