"""Metrics of images, breasts and patients; and of groups of images by density, view, side, source, finding and size. No torch."""

import numpy as np
import pandas as pd

from core.evaluation.evaluation_report import Aggregation, Level, LevelMetrics, Subgroup
from core.evaluation.predictions import ClassPredictions, Predictions

SMALL_GROUP = 30  # images; below, a figure says little
AGGREGATIONS: tuple[Aggregation, ...] = ("max", "mean")


def by_level(r: ClassPredictions) -> tuple[LevelMetrics, ...]:
    """AUROC, sensitivity and specificity of images, breasts and patients; a breast or patient is positive where any image is.

    Its score is the largest or the mean of its images' scores. Breasts only where the side of every image is known.
    """
    out = [_level("image", "none", r, r.threshold)]
    side, patients = r.strata["laterality"], pd.Series(r.patients)
    levels: tuple[tuple[Level, pd.Series], ...] = (("breast", patients + " " + side), ("patient", patients))
    for level, keys in levels:
        if level == "breast" and (side == "").any():
            continue
        units = pd.DataFrame({"unit": keys, "score": r.score, "positive": r.positive, "patient": r.patients}).groupby("unit")
        positive, patient = units["positive"].any().to_numpy(), units["patient"].first().to_numpy()
        for aggregation in AGGREGATIONS:
            score = units["score"].agg(aggregation).to_numpy()
            out.append(_level(level, aggregation, Predictions(score, positive, patient, r.replicates), r.threshold))
    return tuple(out)


def _level(level: Level, aggregation: Aggregation, p: Predictions, threshold: float) -> LevelMetrics:
    called = p.called(threshold)
    return LevelMetrics(
        level=level,
        aggregation=aggregation,
        n=len(p),
        auroc=p.auroc,
        sensitivity=p.sensitivity(called, level),
        specificity=p.specificity(called, level),
    )


def subgroups(r: ClassPredictions) -> tuple[Subgroup, ...]:
    """Each value of a stratum that has two or more, with its n, AUROC and sensitivity, and a warning where it says little.

    By finding and size: the positive images with it against all negative ones.
    """
    out = []
    for stratum in ("density", "view", "laterality", "source"):
        values = r.strata[stratum]
        named = sorted(set(values) - {""})
        for value in named if len(named) > 1 else ():
            inside = (values == value).to_numpy()
            out.append(_group(r, stratum, value, inside, inside))
    for stratum, groups in (("finding", _findings(r)), ("size", _size_thirds(r))):
        for value, inside in groups.items():
            out.append(_group(r, stratum, value, (inside & r.positive) | ~r.positive, inside & r.positive))
    return tuple(out)


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


def _group(r: ClassPredictions, stratum: str, value: str, inside: np.ndarray, named: np.ndarray) -> Subgroup:
    """`inside` are the images that the metrics are of; `named`, the part of them that the group is called after."""
    p = Predictions(r.score[inside], r.positive[inside], r.patients[inside], r.replicates)
    n = int(named.sum())
    return Subgroup(
        stratum=stratum,
        value=value,
        n=n,
        n_patients=len(np.unique(r.patients[named])),
        n_positive=int(r.positive[named].sum()),
        auroc=p.auroc,
        sensitivity=p.sensitivity(p.called(r.threshold)),
        warning=f"fewer than {SMALL_GROUP} images" if n < SMALL_GROUP else "",
    )
