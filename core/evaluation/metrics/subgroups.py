"""The same score for an image, a breast and a patient; and for groups of images by density, view, side and source. No torch."""

import numpy as np
import pandas as pd

from core.evaluation.metrics.bootstrap import Bootstrap, auroc
from core.evaluation.rows import Rows
from core.models.card import Estimate

FEW = 30  # images; below, a figure says little
ONE_KIND = "all of one kind"
RULES = ("max", "mean")


def levels(r: Rows, threshold: float, replicates: int) -> list[dict]:
    """AUROC, sensitivity and specificity of images, breasts and patients; a breast or patient is positive where any image is.

    Its score is the largest or the mean of its images' scores. Breasts only where every image tells its side.
    """
    s = r.strata
    out = [_level("image", "–", r.score, r.positive, s["patient"].to_numpy(), threshold, replicates)]
    for name, keys in (("breast", s["patient"] + " " + s["laterality"]), ("patient", s["patient"])):
        if name == "breast" and (s["laterality"] == "").any():
            continue
        units = pd.DataFrame({"unit": keys, "score": r.score, "positive": r.positive, "patient": s["patient"]}).groupby("unit")
        positive, patients = units["positive"].any().to_numpy(), units["patient"].first().to_numpy()
        for rule in RULES:
            out.append(_level(name, rule, units["score"].agg(rule).to_numpy(), positive, patients, threshold, replicates))
    return out


def _level(name: str, rule: str, score, positive, patients, threshold: float, replicates: int) -> dict:
    boot, called = Bootstrap.of(patients, replicates), score >= threshold
    return {
        "level": name,
        "rule": rule,
        "n": len(score),
        "auroc": _area(boot, score, positive),
        "sensitivity": boot.proportion(called, positive, f"no positive {name}"),
        "specificity": boot.proportion(~called, ~positive, f"no negative {name}"),
    }


def subgroups(r: Rows, replicates: int) -> list[dict]:
    """Each value of a stratum that has two or more, with its n, AUROC and sensitivity, and a warning where it says little.

    By finding and size: the positive images with it against all negative ones.
    """
    out = []
    for column in ("density", "view", "laterality", "source"):
        values = r.strata[column]
        named = sorted(set(values) - {""})
        for value in named if len(named) > 1 else ():
            out.append(_group(r, column, value, (values == value).to_numpy(), replicates))
    for column, groups in (("finding", _findings(r)), ("size", _thirds(r))):
        for value, inside in groups.items():
            out.append(_group(r, column, value, (inside & r.positive) | ~r.positive, replicates, shown=inside & r.positive))
    return out


def _findings(r: Rows) -> dict[str, np.ndarray]:
    """Kinds of finding among the positive images, where there are two or more."""
    kinds = [set(text.split(";")) - {""} for text in r.strata["finding"]]
    named = sorted(set().union(*(k for k, yes in zip(kinds, r.positive, strict=True) if yes)))
    return {name: np.array([name in k for k in kinds]) for name in named} if len(named) > 1 else {}


def _thirds(r: Rows) -> dict[str, np.ndarray]:
    """The positive images by the size of their finding in pixels of the file, in thirds; nothing where a size is not told."""
    size = pd.to_numeric(r.strata["size"], errors="coerce").to_numpy(float)
    told = size[r.positive & np.isfinite(size)]
    if len(told) < 3 or len(told) < r.positive.sum():
        return {}
    low, high = np.percentile(told, [100 / 3, 200 / 3])
    names = (f"up to {low:.0f} px", f"{low:.0f} to {high:.0f} px", f"above {high:.0f} px")
    return dict(zip(names, (size <= low, (size > low) & (size <= high), size > high), strict=True))


def _group(r: Rows, by: str, name: str, inside: np.ndarray, replicates: int, shown: np.ndarray | None = None) -> dict:
    """`shown` are the images that the group is named for, all of `inside` unless given."""
    shown = inside if shown is None else shown
    boot = Bootstrap.of(r.strata["patient"][inside].to_numpy(), replicates)
    n = int(shown.sum())
    return {
        "by": by,
        "group": name,
        "n": n,
        "n_patients": int(r.strata["patient"][shown].nunique()),
        "positive": int(r.positive[shown].sum()),
        "auroc": _area(boot, r.score[inside], r.positive[inside]),
        "sensitivity": boot.proportion(r.called[inside], r.positive[inside], "no positive image"),
        "warning": f"fewer than {FEW} images" if n < FEW else "",
    }


def _area(boot: Bootstrap, score: np.ndarray, positive: np.ndarray) -> Estimate:
    statistic = auroc(score, positive)
    return boot.estimate(float(statistic(np.ones((1, len(score))))[0]), boot.over_rows(statistic), ONE_KIND)
