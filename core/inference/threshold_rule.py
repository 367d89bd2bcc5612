"""ThresholdRule: how an operating threshold is chosen on the validation split. No torch."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from sklearn.metrics import roc_curve

from core.errors import RecipeError

RuleName = Literal["youden", "sensitivity", "specificity", "cost"]
SYNTAX = "youden, sensitivity=0.90 or specificity=0.90 (any target between 0 and 1), or cost=10 (of a miss, in false alarms)"
DEFAULT = 0.5  # where validation cannot choose


@dataclass(frozen=True)
class ThresholdRule:
    """A rule for the operating threshold.

    Attributes
    ----------
    name : {"youden", "sensitivity", "specificity", "cost"}
        Largest sensitivity + specificity (Youden 1950); the highest threshold that reaches a sensitivity; the lowest that
        reaches a specificity; the least cost on these images, where a miss costs as much as `target` false alarms.
    target : float or None
        The sensitivity or specificity, above 0 and up to 1, or the cost, above 0; None for "youden".
    """

    name: RuleName
    target: float | None = None

    def __post_init__(self) -> None:
        valid = {
            "youden": self.target is None,
            "cost": self.target is not None and 0 < self.target < float("inf"),
        }.get(self.name, self.target is not None and 0 < self.target <= 1)
        if self.name not in get_args(RuleName) or not valid:
            raise RecipeError(f"The threshold rule {str(self)!r} is not known.", f"Use {SYNTAX}.")

    @classmethod
    def parse(cls, text: str) -> "ThresholdRule":
        """A rule from its text, e.g. "sensitivity=0.90".

        Raises
        ------
        RecipeError
            If the text is no rule.
        """
        name, _, value = text.replace(" ", "").partition("=")
        try:
            target = float(value) if value else None
        except ValueError:
            target = float("nan")
        known: dict[str, RuleName] = {n: n for n in get_args(RuleName)}
        if name not in known or ("=" in text and not value):
            raise RecipeError(f"The threshold rule {text!r} is not known.", f"Use {SYNTAX}.")
        return cls(known[name], target)

    def __str__(self) -> str:
        return self.name if self.target is None else f"{self.name}={self.target:g}"

    @property
    def description(self) -> str:
        """The rule in words."""
        return {
            "youden": "largest sensitivity + specificity on validation (Youden)",
            "sensitivity": f"highest threshold with a sensitivity of {self.target:g} or more on validation" if self.target else "",
            "specificity": f"lowest threshold with a specificity of {self.target:g} or more on validation" if self.target else "",
            "cost": f"least cost on validation, a miss counting as {self.target:g} false alarms" if self.target else "",
        }[self.name]

    def choose(self, scores: np.ndarray, positive: np.ndarray) -> tuple[float, str]:
        """The threshold, and the rule in words.

        It lies half-way to the next lower score, so that rounding decides no image.

        Parameters
        ----------
        scores : ndarray, float (N,)
            Calibrated scores of the validation split.
        positive : ndarray, bool (N,)
        """
        positive = np.asarray(positive, bool)
        if not len(positive):
            return DEFAULT, f"{DEFAULT}, because there are no validation images"
        if positive.all() or not positive.any():
            return DEFAULT, f"{DEFAULT}, because all validation images are of one class"
        fpr, tpr, thresholds = roc_curve(positive, np.asarray(scores, np.float64), drop_intermediate=False)
        best = self._best(fpr, tpr, positive)
        high = min(float(thresholds[best]), 1.0) if np.isfinite(thresholds[best]) else 1.0
        low = float(thresholds[best + 1]) if best + 1 < len(thresholds) else 0.0
        return (high + low) / 2, self.description

    def _best(self, fpr: np.ndarray, tpr: np.ndarray, positive: np.ndarray) -> int:
        """Position on the ROC curve."""
        if self.target is None:
            return int(np.argmax(tpr - fpr))
        if self.name == "sensitivity":
            return int(np.argmax(tpr >= self.target))
        if self.name == "specificity":
            return int(np.flatnonzero(1 - fpr >= self.target)[-1])
        return int(np.argmin(self.target * (1 - tpr) * positive.sum() + fpr * (~positive).sum()))


YOUDEN = ThresholdRule("youden")
# Offered in the threshold console.
CONSOLE_RULES: tuple[ThresholdRule, ...] = (
    YOUDEN,
    *(ThresholdRule("sensitivity", t) for t in (0.90, 0.95)),
    *(ThresholdRule("specificity", t) for t in (0.90, 0.95)),
    *(ThresholdRule("cost", c) for c in (5, 20)),
)
