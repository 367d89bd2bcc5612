"""Stability of one prediction: under small perturbations, under each filter, and with the hot spot occluded."""

from dataclasses import dataclass

import cv2
import numpy as np

from core.imaging.breast import breast_mask
from core.imaging.filters import FILTERS
from core.inference.perturbations import SMALL
from core.inference.predictor import Predictor
from core.inference.saliency import Saliency
from core.scans.scan import Scan

MIN_SCORE_CHANGE = 0.1  # smallest change of the score that counts
N_CONTROLS = 6  # control discs, occluded like the hot spot


@dataclass(frozen=True)
class PerturbationSpread:
    """Scores of one scan under small perturbations.

    Attributes
    ----------
    score : float
        Unchanged.
    perturbed : tuple of float
        One for each of `core.inference.perturbations.SMALL`.
    crossing : int
        How many of these fall on the other side of the threshold.
    """

    score: float
    perturbed: tuple[float, ...]
    crossing: int

    @property
    def sentence(self) -> str:
        """The range, as one sentence."""
        low, high = min(self.perturbed), max(self.perturbed)
        side = "none crosses" if not self.crossing else f"{self.crossing} cross"
        return f"Score {low:.2f} to {high:.2f} under {len(self.perturbed)} small rotations, shifts and exposures; {side} the threshold."


@dataclass(frozen=True)
class OcclusionTest:
    """The score with the hot spot, or a control disc of its size, filled with neighbouring texture.

    `occluded` is the score without the hot spot, `controls` those without a control disc; `radius` is in pixels of the model's grid.
    """

    score: float
    occluded: float
    controls: tuple[float, ...]
    radius: float
    microns: float | None

    @property
    def causal(self) -> bool:
        """True where occluding the hot spot changes the score by `MIN_SCORE_CHANGE` or more, and by more than every control does."""
        change = abs(self.score - self.occluded)
        return change >= MIN_SCORE_CHANGE and all(change > abs(self.score - c) for c in self.controls)

    @property
    def sentence(self) -> str:
        """The result, as one sentence."""
        size = f"{2 * self.radius * self.microns / 1000:.0f} mm (est.)" if self.microns else f"{2 * self.radius:.0f} input pixels"
        others = f"{min(self.controls):.2f} to {max(self.controls):.2f}" if self.controls else "no control found"
        verdict = "The score depends on the hot spot." if self.causal else "The score does not depend on the hot spot alone."
        change = f"Hot spot ({size} wide) occluded: {self.occluded:.2f}, was {self.score:.2f}"
        return f"{change}; controls: {others}. {verdict}"


def perturbation_spread(predictor: Predictor, scan: Scan) -> PerturbationSpread:
    """Score the scan again under each of `core.inference.perturbations.SMALL`.

    Raises
    ------
    CheckpointError
        If the scan's domain is not the model's.
    """
    predictor.check(scan)
    grid = predictor.card.input.grid(scan)[0].astype(np.float32) / 65535
    grids = [grid, *(perturbation.of(grid) for perturbation in SMALL)]
    first, *perturbed = _scores(predictor, grids)
    threshold = predictor.card.threshold
    return PerturbationSpread(first, tuple(perturbed), sum((p >= threshold) != (first >= threshold) for p in perturbed))


@dataclass(frozen=True)
class FilterAgreement:
    """Scores of one scan under each preprocessing filter, by its name; `own` is the one of the card."""

    scores: dict[str, float]
    own: str
    threshold: float

    @property
    def stable(self) -> bool:
        """Whether all scores lie on one side of the threshold."""
        return len({s >= self.threshold for s in self.scores.values()}) == 1

    @property
    def sentence(self) -> str:
        """The agreement, as one sentence."""
        values = self.scores.values()
        side = self.scores[self.own] >= self.threshold
        other = [name for name, s in self.scores.items() if (s >= self.threshold) != side]
        verdict = "stable" if self.stable else f"unstable, other side of the threshold with {', '.join(other)}"
        return f"Score {min(values):.2f} to {max(values):.2f} under the {len(self.scores)} filters: {verdict}."


def filter_agreement(predictor: Predictor, scan: Scan) -> FilterAgreement:
    """Score the scan again under each of `core.imaging.filters.FILTERS`.

    Raises
    ------
    CheckpointError
        If the scan's domain is not the model's.
    """
    predictor.check(scan)
    card = predictor.card
    grid = card.input.grid(scan)[0]
    batch = np.stack([card.input.with_filter(name).finish(grid) for name in FILTERS])
    scores = predictor.scores(batch).tolist()
    return FilterAgreement(dict(zip(FILTERS, scores, strict=True)), card.input.filter, card.threshold)


def occlusion_test(predictor: Predictor, scan: Scan, saliency: Saliency, *, seed: int = 0) -> OcclusionTest | None:
    """Occlude the hot spot, the disc round the peak where the map is above half of it, and score again.

    Returns None where the map has no peak.

    Raises
    ------
    CheckpointError
        If the scan's domain is not the model's.
    """
    predictor.check(scan)
    heat = saliency.on_grid()
    if saliency.peak <= 0:
        return None
    grid, geometry = predictor.card.input.grid(scan)
    image = grid.astype(np.float32) / 65535
    row, col = np.unravel_index(int(heat.argmax()), heat.shape)
    peak = int(row), int(col)
    radius = _radius(heat, peak)
    inside = breast_mask(image)
    centres = [peak, *_control_centres(inside, heat, peak, radius, np.random.default_rng(seed))]
    variants = [image, *(_occluded(image, inside, at, radius) for at in centres)]
    first, occluded, *controls = _scores(predictor, variants)
    return OcclusionTest(first, occluded, tuple(controls), radius, geometry.microns(scan.spacing_mm))


def _radius(heat: np.ndarray, peak: tuple[int, int]) -> float:
    """Radius of the disc with the area of the hot spot, at least 6 and at most an eighth of the grid's columns."""
    _, parts = cv2.connectedComponents((heat > heat.max() / 2).astype(np.uint8))
    area = (parts == parts[peak]).sum()
    return float(np.clip(np.sqrt(area / np.pi), 6, heat.shape[1] / 8))


def _control_centres(
    inside: np.ndarray, heat: np.ndarray, peak: tuple[int, int], radius: float, rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Centres in the breast whose discs touch neither the hot spot nor its rim."""
    rows, cols = np.nonzero(inside & (heat < heat.max() / 4))
    far = np.hypot(rows - peak[0], cols - peak[1]) > 3 * radius
    rows, cols = rows[far], cols[far]
    if not len(rows):
        return []
    return [(int(rows[i]), int(cols[i])) for i in rng.choice(len(rows), min(N_CONTROLS, len(rows)), replace=False)]


def _occluded(image: np.ndarray, inside: np.ndarray, at: tuple[int, int], radius: float) -> np.ndarray:
    """A copy whose disc is drawn over: brightness continued from its rim, fine texture taken from the nearest tissue next to it."""
    rows, cols = np.mgrid[: image.shape[0], : image.shape[1]]
    distance = np.hypot(rows - at[0], cols - at[1])
    disc = (distance <= radius) & inside
    smooth = cv2.inpaint(np.rint(image * 65535).astype(np.uint16), disc.astype(np.uint8), 3, cv2.INPAINT_TELEA).astype(np.float32) / 65535
    fine = image - cv2.GaussianBlur(image, (0, 0), 2)
    best, texture = -1.0, np.zeros_like(image)
    for angle in np.arange(0, 2 * np.pi, np.pi / 6):  # of twelve neighbours the one that holds most tissue
        dy, dx = round(2.2 * radius * np.sin(angle)), round(2.2 * radius * np.cos(angle))
        y, x = np.clip(rows[disc] + dy, 0, image.shape[0] - 1), np.clip(cols[disc] + dx, 0, image.shape[1] - 1)
        if (share := inside[y, x].mean()) > best:
            best = share
            texture[disc] = fine[y, x] * inside[y, x]
    soft = np.clip(radius + 1.5 - distance, 0, 1).astype(np.float32) * inside
    return np.clip(image * (1 - soft) + (np.where(disc, smooth, image) + texture) * soft, 0, 1)


def _scores(predictor: Predictor, grids: list[np.ndarray]) -> list[float]:
    return predictor.scores(np.stack([predictor.card.input.finish(g) for g in grids])).tolist()
