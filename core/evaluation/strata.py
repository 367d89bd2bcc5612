"""The same score for an image, a breast and a patient; and for groups of images by density, view, side and source. No torch."""

import numpy as np
import pandas as pd

from core.evaluation.rows import Rows
from core.evaluation.statistics import Bootstrap, auroc
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
    """Each value of a stratum that has two or more, with its n and AUROC, and a warning where it says little."""
    out = []
    for column in ("density", "view", "laterality", "source"):
        values = r.strata[column]
        named = sorted(set(values) - {""})
        for value in named if len(named) > 1 else ():
            inside = (values == value).to_numpy()
            boot = Bootstrap.of(r.strata["patient"][inside].to_numpy(), replicates)
            n = int(inside.sum())
            out.append(
                {
                    "by": column,
                    "group": value,
                    "n": n,
                    "n_patients": boot.n_patients,
                    "positive": int(r.positive[inside].sum()),
                    "auroc": _area(boot, r.score[inside], r.positive[inside]),
                    "warning": f"fewer than {FEW} images" if n < FEW else "",
                }
            )
    return out


def _area(boot: Bootstrap, score: np.ndarray, positive: np.ndarray) -> Estimate:
    statistic = auroc(score, positive)
    return boot.estimate(float(statistic(np.ones((1, len(score))))[0]), boot.over_rows(statistic), ONE_KIND)
