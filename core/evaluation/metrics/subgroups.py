"""Metrics of images, breasts and patients; and of groups of images by density, view, side, source, finding and size. No torch."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.parts.groups import Aggregation, Level, LevelMetrics, Subgroup
from core.evaluation.predictions import ClassPredictions, Predictions
from core.models.card import Estimate

SMALL_GROUP = 30  # images; below, a figure says little
AGGREGATIONS: tuple[Aggregation, ...] = ("max", "mean")


Units = tuple[Level, Aggregation, Predictions]


def by_level(r: ClassPredictions) -> tuple[LevelMetrics, ...]:
    """AUROC, sensitivity and specificity of images, breasts and patients."""
    return tuple(
        LevelMetrics(level=level, aggregation=aggregation, n=len(p), auroc=p.auroc, **_rates(level, p, r.threshold))
        for level, aggregation, p in _units(r)
    )


def levels_at(r: ClassPredictions, found: tuple[LevelMetrics, ...]) -> tuple[LevelMetrics, ...]:
    """The same levels with the rates at the threshold of `r`."""
    units = {(level, aggregation): p for level, aggregation, p in _units(r)}
    return tuple(x.model_copy(update=_rates(x.level, units[x.level, x.aggregation], r.threshold)) for x in found)


def _rates(level: Level, p: Predictions, threshold: float) -> dict[str, Estimate]:
    called = p.called(threshold)
    return {"sensitivity": p.sensitivity(called, level), "specificity": p.specificity(called, level)}


def _units(r: ClassPredictions) -> list[Units]:
    """A breast or patient is positive where any image is; its score is the largest or the mean of its images' scores.

    Breasts only where the side of every image is known.
    """
    out: list[Units] = [("image", "none", r)]
    side, patients = r.strata["laterality"], pd.Series(r.patients)
    levels: tuple[tuple[Level, pd.Series], ...] = (("breast", patients + " " + side), ("patient", patients))
    for level, keys in levels:
        if level == "breast" and (side == "").any():
            continue
        units = pd.DataFrame({"unit": keys, "score": r.score, "positive": r.positive, "patient": r.patients}).groupby("unit")
        positive, patient = units["positive"].any().to_numpy(), units["patient"].first().to_numpy()
        for aggregation in AGGREGATIONS:
            score = units["score"].agg(aggregation).to_numpy()
            out.append((level, aggregation, r.units(score, positive, patient)))
    return out


def subgroups(r: ClassPredictions) -> tuple[Subgroup, ...]:
    """Each value of a stratum that has two or more, with its n, AUROC and sensitivity, and a warning where it says little.

    By finding and size: the positive images with it against all negative ones.
    """
    return tuple(
        Subgroup(
            stratum=g.stratum,
            value=g.value,
            n=g.n,
            n_patients=len(np.unique(r.patients[g.named])),
            n_positive=int(r.positive[g.named].sum()),
            auroc=g.predictions.auroc,
            sensitivity=g.sensitivity(r.threshold),
            warning=f"fewer than {SMALL_GROUP} images" if g.n < SMALL_GROUP else "",
        )
        for g in _groups(r)
    )


def subgroups_at(r: ClassPredictions, found: tuple[Subgroup, ...]) -> tuple[Subgroup, ...]:
    """The same subgroups with the sensitivity at the threshold of `r`."""
    groups = {(g.stratum, g.value): g for g in _groups(r)}
    return tuple(x.model_copy(update={"sensitivity": groups[x.stratum, x.value].sensitivity(r.threshold)}) for x in found)


@dataclass(frozen=True, eq=False)
class _Group:
    """`predictions` are of the images that the metrics count; `named`, bool (N,), the part of all that the group is called after."""

    stratum: str
    value: str
    predictions: Predictions
    named: np.ndarray

    @property
    def n(self) -> int:
        return int(self.named.sum())

    def sensitivity(self, threshold: float) -> Estimate:
        return self.predictions.sensitivity(self.predictions.called(threshold))


def _groups(r: ClassPredictions) -> Iterator[_Group]:
    for stratum in ("density", "view", "laterality", "source"):
        values = r.strata[stratum]
        named = sorted(set(values) - {""})
        for value in named if len(named) > 1 else ():
            inside = (values == value).to_numpy()
            yield _Group(stratum, value, r.part(inside), inside)
    for stratum, groups in (("finding", _findings(r)), ("size", _size_thirds(r))):
        for value, inside in groups.items():
            yield _Group(stratum, value, r.part((inside & r.positive) | ~r.positive), inside & r.positive)


def _findings(r: ClassPredictions) -> dict[str, np.ndarray]:
    """Kinds of finding among the positive images, where there are two or more."""
    kinds = [set(text.split(";")) - {""} for text in r.strata["finding"]]
    named = sorted(set().union(*(k for k, positive in zip(kinds, r.positive, strict=True) if positive)))
    return {name: np.array([name in k for k in kinds]) for name in named} if len(named) > 1 else {}


def _size_thirds(r: ClassPredictions) -> dict[str, np.ndarray]:
    """The positive images by the size of their finding in pixels of the file, in thirds; nothing where a size is unknown."""
    size = pd.to_numeric(r.strata["size"], errors="coerce").to_numpy(float)
    known = size[r.positive & np.isfinite(size)]
    if len(known) < 3 or len(known) < r.positive.sum():
        return {}
    low, high = np.percentile(known, [100 / 3, 200 / 3])
    names = (f"up to {low:.0f} px", f"{low:.0f} to {high:.0f} px", f"above {high:.0f} px")
    return dict(zip(names, (size <= low, (size > low) & (size <= high), size > high), strict=True))
