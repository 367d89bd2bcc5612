"""How strongly a heatmap may be drawn: on one scale for all images of a checkpoint, and not at all for a negative decision. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.inference.saliency import Saliency

if TYPE_CHECKING:
    from core.inference.prediction import Prediction

CONTOUR = 0.5  # of the peak: the level of the one contour that is drawn


@dataclass(frozen=True, eq=False)
class Evidence:
    """A heatmap with what decides its colours.

    Attributes
    ----------
    saliency : Saliency
    full : float
        Raw value in full colour; 0 where the map has no evidence.
    measured : bool
        `full` is the upper end of the peaks on the checkpoint's validation images, otherwise peak / probability of the class, so that
        an improbable class stays pale.
    weak : bool
        For the positive class or group: the score is below the threshold. For another class: it is not the most probable one.
    """

    saliency: Saliency
    full: float
    measured: bool
    weak: bool

    @classmethod
    def of(cls, saliency: Saliency, prediction: Prediction, positive: str, measured: float | None) -> Evidence:
        """A map of a prediction; `measured` is `Probes.full_colour` of its class, None where that is not known."""
        if saliency.label == positive:
            probability, weak = prediction.score, prediction.decision == "negative"
        else:
            probability = prediction.probabilities[saliency.label]
            weak = probability < max(prediction.probabilities.values())
        full = measured or saliency.peak / max(probability, 1e-6)
        return cls(saliency, full if saliency.peak > 0 else 0.0, measured is not None, weak)

    @property
    def drawn(self) -> bool:
        """Whether it has colours without being asked for weak evidence."""
        return self.full > 0 and not self.weak

    def level(self) -> np.ndarray:
        """Share of full colour in scan geometry, float32 (H, W) in [0, 1]; zero outside the breast, and everywhere where not `drawn`."""
        return self.saliency.relative(self.full) if self.drawn else np.zeros_like(self.saliency.heat)

    def level_on_grid(self) -> np.ndarray:
        """The same on the model's grid, float32 (rows, columns)."""
        grid = self.saliency.on_grid()
        return np.clip(grid / self.full, 0, 1) if self.drawn else np.zeros_like(grid)
