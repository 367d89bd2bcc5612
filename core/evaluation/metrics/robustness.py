"""How far scores hold under perturbations of the image; from sweep.csv and the predictions of a report. No torch."""

import numpy as np
import pandas as pd

from core.evaluation.metrics.bootstrap import SINGLE_CLASS, auroc
from core.evaluation.parts.uncertainty import PerturbationRobustness, ScoreStability
from core.evaluation.predictions import ClassPredictions
from core.evaluation.probes.perturbation_sweep import DROPOUT, UNPERTURBED
from core.imaging.filters import FILTERS
from core.inference.perturbations import LARGE, SMALL

NO_ERROR = "no decision, or every one, is wrong"


def robustness(r: ClassPredictions, sweep: pd.DataFrame | None) -> tuple[PerturbationRobustness, ...] | None:
    """AUROC, its paired difference, and decisions that change, under each larger perturbation that was measured."""
    frame = matched(sweep, r.strata["sha256"])
    if frame is None:
        return None
    unperturbed = frame[UNPERTURBED].to_numpy(float)
    base, called = r.bootstrap.evaluate(auroc(unperturbed, r.positive)), unperturbed >= r.threshold
    out = []
    for name in (p.name for p in LARGE if p.name in frame):
        score = frame[name].to_numpy(float)
        found = r.bootstrap.evaluate(auroc(score, r.positive))
        out.append(
            PerturbationRobustness(
                perturbation=name,
                auroc=r.bootstrap.estimate(*found, SINGLE_CLASS),
                difference=r.bootstrap.difference(base, found),
                decision_changes=r.bootstrap.mean((score >= r.threshold) != called),
            )
        )
    return tuple(out)


def changes_at(
    r: ClassPredictions, sweep: pd.DataFrame | None, found: tuple[PerturbationRobustness, ...] | None
) -> tuple[PerturbationRobustness, ...] | None:
    """The same perturbations with the decisions that change at the threshold of `r`."""
    frame = matched(sweep, r.strata["sha256"])
    if frame is None or found is None:
        return None
    called = frame[UNPERTURBED].to_numpy(float) >= r.threshold
    changes = (r.bootstrap.mean((frame[x.perturbation].to_numpy(float) >= r.threshold) != called) for x in found)
    return tuple(x.model_copy(update={"decision_changes": e}) for x, e in zip(found, changes, strict=True))


def stability(r: ClassPredictions, sweep: pd.DataFrame | None) -> tuple[ScoreStability, ...] | None:
    """Standard deviation of the score under the small perturbations and under test-time dropout, and whether it finds wrong decisions."""
    frame = matched(sweep, r.strata["sha256"])
    if frame is None:
        return None
    distance = r.bootstrap.ranked(auroc(-np.abs(r.score - r.threshold), r.wrong), NO_ERROR)
    out = []
    for source, values in (("small perturbations", perturbation_sd(frame)), ("dropout", frame[DROPOUT].to_numpy(float))):
        if not np.isfinite(values).all():
            out.append(ScoreStability(source=source, undefined="the head has no dropout"))
            continue
        median, p90 = np.percentile(values, [50, 90])
        error = r.bootstrap.ranked(auroc(values, r.wrong), NO_ERROR)
        out.append(ScoreStability(source=source, median=float(median), p90=float(p90), error_auroc=error, distance_auroc=distance))
    return tuple(out)


def perturbation_sd(frame: pd.DataFrame) -> np.ndarray:
    """Standard deviation of each row's score over the small perturbations that were measured, float (N,)."""
    return frame[[UNPERTURBED, *(p.name for p in SMALL if p.name in frame)]].to_numpy(float).std(1)


def filter_range(frame: pd.DataFrame) -> np.ndarray:
    """Largest less smallest score of each row over the preprocessing filters that were measured, float (N,)."""
    scores = frame[[UNPERTURBED, *(f"filter {name}" for name in FILTERS if f"filter {name}" in frame)]].to_numpy(float)
    return scores.max(1) - scores.min(1)


def matched(sweep: pd.DataFrame | None, sha256: pd.Series) -> pd.DataFrame | None:
    """The sweep's rows in the order of `sha256`; None unless it holds every one."""
    if sweep is None:
        return None
    found = sweep.drop_duplicates("sha256").set_index("sha256")
    return found.loc[sha256].reset_index() if set(sha256) <= set(found.index) else None
