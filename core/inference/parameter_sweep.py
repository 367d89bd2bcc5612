"""The score as a function of one number of the preprocessing: CLAHE's clip limit and tiles, and gamma."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np

from core.imaging.filters import CLAHE_CLIP_LIMIT, CLAHE_TILES, clahe
from core.inference.perturbations import gamma_changed
from core.inference.predictor import Predictor
from core.scans.scan import Scan

ParameterName = Literal["clip limit", "tiles", "gamma"]
PARAMETERS: tuple[ParameterName, ...] = get_args(ParameterName)
VALUES: dict[ParameterName, tuple[float, ...]] = {
    "clip limit": (1, 2, 5, 10, 20, 40, 60, 80, 120, 160, 240, 320, 640, 1280),
    "tiles": (1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32),
    "gamma": (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.4, 1.6, 1.8, 2.1, 2.5),
}
# The value that the compared filters use; for gamma the one that changes nothing.
USUAL: dict[ParameterName, float] = {"clip limit": CLAHE_CLIP_LIMIT, "tiles": CLAHE_TILES[0], "gamma": 1.0}


@dataclass(frozen=True)
class Curve:
    """Scores of one scan along one parameter.

    Attributes
    ----------
    name : ParameterName
        What was varied; the rest stays as `USUAL`.
    values, scores : tuple of float
        Equally long.
    own : float
        The score by the card's own recipe.
    threshold : float
        The card's.
    """

    name: ParameterName
    values: tuple[float, ...]
    scores: tuple[float, ...]
    own: float
    threshold: float

    @property
    def crossings(self) -> int:
        """How often neighbouring values lie on different sides of the threshold."""
        above = [s >= self.threshold for s in self.scores]
        return sum(a != b for a, b in pairwise(above))

    @property
    def sentence(self) -> str:
        """The curve, as one sentence."""
        times = {0: "it never crosses the threshold", 1: "it crosses the threshold once"}
        crossings = times.get(self.crossings, f"it crosses the threshold {self.crossings} times")
        span = f"{min(self.values):g} to {max(self.values):g}"
        low, high = f"{min(self.scores):.2f}", f"{max(self.scores):.2f}"
        lies = f"stays at {low}" if low == high else f"lies between {low} and {high}"
        return f"With {self.name} from {span} the score {lies}; {crossings}."


def changed(grid: np.ndarray, name: ParameterName, value: float) -> np.ndarray:
    """A grid, float32 (rows, columns) in [0, 1], under one value of a parameter."""
    if name == "gamma":
        return gamma_changed(grid, value)
    return clahe(grid, value) if name == "clip limit" else clahe(grid, tiles=(int(value), int(value)))


def curves(
    predictor: Predictor,
    scan: Scan,
    names: Sequence[ParameterName] = PARAMETERS,
    progress: Callable[[int, int], None] | None = None,
    chunk: int = 8,
) -> tuple[Curve, ...]:
    """The scan's score along each of `names`, all of them in one run of `chunk` images at a time.

    CLAHE stands in for the card's filter; gamma acts before it, as another exposure would. `progress`
    gets (done, total) after each chunk.

    Raises
    ------
    CheckpointError
        If the scan's domain is not the model's.
    ScanError
        If the quality gate refuses the image.
    """
    predictor.check(scan)
    card = predictor.card
    grid = card.input.grid(scan)[0].astype(np.float32) / 65535
    bare = card.input.with_filter("none")
    plan = [(name, value) for name in names for value in VALUES[name]]
    scores: list[float] = []
    for start in range(0, len(plan) + 1, chunk):
        # The image by the card's own recipe comes last, after all the others.
        part = [((card.input if n == "gamma" else bare), changed(grid, n, v)) for n, v in plan[start : start + chunk]]
        part += [(card.input, grid)] if start + chunk > len(plan) else []
        scores += predictor.scores(np.stack([spec.finish(g) for spec, g in part])).tolist()
        if progress:
            progress(len(scores), len(plan) + 1)
    *scores, own = scores
    of = {name: tuple(s for (n, _), s in zip(plan, scores, strict=True) if n == name) for name in names}
    return tuple(Curve(name, VALUES[name], of[name], own, card.threshold) for name in names)
