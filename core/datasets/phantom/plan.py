"""What an exam shall show, decided from (seed, exam) alone before anything is drawn."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Label = Literal["normal", "benign", "malignant"]

# kind → (label, smallest and largest diameter in mm, calcification class or None, words)
KINDS: dict[str, tuple[Label, tuple[float, float], str | None, str]] = {
    "round mass": ("benign", (6.0, 22.0), None, "Round circumscribed mass"),
    "lobulated mass": ("benign", (8.0, 25.0), None, "Lobulated circumscribed mass"),
    "spiculated mass": ("malignant", (6.0, 22.0), None, "Irregular spiculated mass"),
    "pleomorphic calcifications": ("malignant", (6.0, 18.0), "micro", "Cluster of fine pleomorphic calcifications"),
    "popcorn calcification": ("benign", (4.0, 10.0), "macro", "Coarse popcorn-like calcification"),
    "vascular calcifications": ("benign", (12.0, 25.0), "vascular", "Vascular calcifications"),
    "amorphous calcifications": ("malignant", (8.0, 20.0), "amorphous", "Group of amorphous calcifications"),
}
EXAM_SHARES: dict[Label, float] = {"normal": 0.2, "benign": 0.4, "malignant": 0.4}


@dataclass(frozen=True)
class LesionPlan:
    """One lesion of a breast, in coordinates that both views share."""

    kind: str
    diameter_mm: float
    depth: float  # from the chest wall (0) to the nipple (1)
    offset: dict[str, float]  # view → from the upper (−1) to the lower (1) edge at that depth
    strength: float  # 0 = hardly visible, 1 = plain
    seed: int

    @property
    def label(self) -> Label:
        """benign or malignant."""
        return KINDS[self.kind][0]


@dataclass(frozen=True)
class BreastPlan:
    """One breast: size, and the lesion where there is one."""

    laterality: Literal["L", "R"]
    depth_mm: float  # chest wall to nipple
    height_mm: float  # along the chest wall
    lesion: LesionPlan | None

    @property
    def label(self) -> Label:
        """The lesion's label, or normal."""
        return self.lesion.label if self.lesion else "normal"


@dataclass(frozen=True)
class ExamPlan:
    """Four views of one invented patient."""

    seed: int
    exam: int
    density: int  # 1 (fatty) to 4 (extremely dense)
    breasts: tuple[BreastPlan, BreastPlan]
    marker: bool  # a mammogram marker in the image

    def breast(self, laterality: str) -> BreastPlan:
        """The breast of a side."""
        return next(b for b in self.breasts if b.laterality == laterality)

    def rng(self, *purpose: int) -> np.random.Generator:
        """A generator that depends on (seed, exam, purpose) and on nothing drawn before."""
        return np.random.default_rng(np.random.SeedSequence([self.seed, self.exam, *purpose]))


def describe(laterality: str, view: str, density: int, lesions: Iterable[tuple[str, float]]) -> str:
    """A short note as a reader would write it, of lesions given as (kind, diameter in mm)."""
    side = "Right" if laterality == "R" else "Left"
    found = "; ".join(f"{KINDS[kind][3].lower()}, {diameter:.0f} mm" for kind, diameter in lesions)
    return f"{side} breast, {view} view, density {density}: {found or 'no finding'}."


def plan_exam(seed: int, exam: int) -> ExamPlan:
    """The plan of exam number `exam` (from 1) of the series `seed`. Pure: equal arguments, equal plan."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, exam]))
    label = str(rng.choice(list(EXAM_SHARES), p=list(EXAM_SHARES.values())))
    density = int(rng.choice([1, 2, 3, 4], p=[0.2, 0.35, 0.3, 0.15]))
    depth, height = rng.uniform(75, 125), rng.uniform(135, 190)
    side = str(rng.choice(["L", "R"]))
    lesion = _plan_lesion(rng, label) if label != "normal" else None

    def breast(laterality: Literal["L", "R"]) -> BreastPlan:
        own = lesion if laterality == side else None
        return BreastPlan(laterality, depth * rng.uniform(0.96, 1.04), height * rng.uniform(0.96, 1.04), own)

    breasts = breast("R"), breast("L")
    return ExamPlan(seed, exam, density, breasts, bool(rng.random() < 0.7))


def earlier(plan: ExamPlan) -> ExamPlan:
    """The same patient at an earlier exam, a little less compressed: what is malignant was not there yet, what is benign was as it is."""
    right, left = (
        replace(b, depth_mm=0.98 * b.depth_mm, height_mm=0.985 * b.height_mm, lesion=b.lesion if b.label == "benign" else None)
        for b in plan.breasts
    )
    return replace(plan, breasts=(right, left))


def _plan_lesion(rng: np.random.Generator, label: str) -> LesionPlan:
    kind = str(rng.choice([k for k, v in KINDS.items() if v[0] == label]))
    low, high = KINDS[kind][1]
    return LesionPlan(
        kind=kind,
        diameter_mm=float(low + (high - low) * rng.beta(1.3, 1.8)),
        depth=float(rng.uniform(0.28, 0.78)),
        offset={"CC": float(rng.uniform(-0.55, 0.55)), "MLO": float(rng.uniform(-0.3, 0.6))},
        strength=float(rng.beta(1.6, 1.2)),
        seed=int(rng.integers(2**31)),
    )
