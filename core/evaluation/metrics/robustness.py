"""How far scores hold when the image changes a little; from sweep.csv and the rows of a report. No torch."""

import numpy as np
import pandas as pd

from core.evaluation.metrics.bootstrap import auroc
from core.evaluation.probes.perturbation_sweep import DROPOUT, PLAIN
from core.evaluation.rows import Rows
from core.imaging.filters import FILTERS
from core.inference.perturbations import LARGE, SMALL

ONE_KIND = "the images are all of one kind"
BY_FILTER = [f"filter {name}" for name in FILTERS]


def robustness(r: Rows, sweep: pd.DataFrame | None, sha256: pd.Series, threshold: float) -> list[dict] | None:
    """Each larger change: AUROC under it, its paired difference to the plain images, and the share of decisions that change sides."""
    frame = _matched(sweep, sha256)
    if frame is None:
        return None
    ones = np.ones((1, len(frame)))
    plain = auroc(frame[PLAIN].to_numpy(), r.positive)
    value, draws = float(plain(ones)[0]), r.boot.over_rows(plain)
    called, out = frame[PLAIN].to_numpy() >= threshold, []
    for change in LARGE:
        score = frame[change.name].to_numpy()
        statistic = auroc(score, r.positive)
        own, replicates = float(statistic(ones)[0]), r.boot.over_rows(statistic)
        out.append(
            {
                "change": change.name,
                "auroc": r.boot.estimate(own, replicates, ONE_KIND),
                "difference": r.boot.estimate(own - value, replicates - draws, ONE_KIND, (-1.0, 1.0)),
                "crossing": r.boot.proportion((score >= threshold) != called, np.ones(len(frame)), "no image"),
            }
        )
    return out


def spread(r: Rows, sweep: pd.DataFrame | None, sha256: pd.Series, threshold: float) -> list[dict] | None:
    """Spread of the score under the small changes and under dropout, and whether it tells wrong decisions from right ones.

    Each: "of", "median" and "p90" of the standard deviation, "tells_errors": AUROC of the spread for wrong decisions, and "alone":
    the same of the distance to the threshold, which costs nothing; "reason" where it could not be had.
    """
    frame = _matched(sweep, sha256)
    if frame is None:
        return None
    ones = np.ones((1, len(frame)))
    wrong = r.called != r.positive
    near = auroc(-np.abs(r.score - threshold), wrong)
    alone = r.boot.estimate(float(near(ones)[0]), r.boot.over_rows(near), "no decision, or every one, is wrong")
    out = []
    for of, values in (("small changes", unsteadiness(frame)), ("dropout", frame[DROPOUT].to_numpy(float))):
        if not np.isfinite(values).all():
            out.append({"of": of, "reason": "the head has no dropout"})
            continue
        tells = auroc(values, wrong)
        found = r.boot.estimate(float(tells(ones)[0]), r.boot.over_rows(tells), "no decision, or every one, is wrong")
        low, high = np.percentile(values, [50, 90])
        out.append({"of": of, "median": float(low), "p90": float(high), "tells_errors": found, "alone": alone})
    return out


def unsteadiness(frame: pd.DataFrame) -> np.ndarray:
    """Standard deviation of each row's score over the small changes, float (N,)."""
    return frame[[PLAIN, *(c.name for c in SMALL)]].to_numpy(float).std(1)


def disagreement_of_filters(frame: pd.DataFrame) -> np.ndarray:
    """Largest less smallest score of each row over the preprocessing filters, float (N,)."""
    scores = frame[BY_FILTER].to_numpy(float)
    return scores.max(1) - scores.min(1)


def _matched(sweep: pd.DataFrame | None, sha256: pd.Series) -> pd.DataFrame | None:
    """The sweep's rows in the order of `sha256`; None unless it holds every one."""
    if sweep is None:
        return None
    found = sweep.drop_duplicates("sha256").set_index("sha256")
    return found.loc[sha256].reset_index() if set(sha256) <= set(found.index) else None
