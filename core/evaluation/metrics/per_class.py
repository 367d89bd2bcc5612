"""Each class of a report: its figures, the confusion matrix, its ROC curve, and the mistakes in words. No torch."""

import numpy as np
from sklearn.metrics import roc_curve

from core.evaluation.metrics.bootstrap import Bootstrap, auroc, ratio
from core.evaluation.rows import Rows
from core.models.card import Estimate

ROC_POINTS = 200
ONE_KIND = "the images are all of one kind"
NONE_SUCH = "no image to count"


def per_class(r: Rows, ones: np.ndarray) -> list[dict]:
    """precision, recall, f1 and AUROC of each class against the rest, and its support; `ones` are weights (1, N)."""
    point, replicates = class_counts(r)
    why = {"precision": "never predicted", "recall": "no image of this class", "f1": "neither present nor predicted"}
    out = []
    for i, name in enumerate(r.space.classes):
        row = {"class": name}
        for what, reason in why.items():
            row[what] = r.boot.estimate(float(by_class(point, what)[i]), by_class(replicates, what)[:, i], reason)
        row["support"] = int(r.truth[:, i].sum())
        row["auroc"] = ranked(r.boot, auroc(r.p[:, i], r.truth[:, i]), ones)
        out.append(row)
    return out


def class_counts(r: Rows) -> tuple[np.ndarray, np.ndarray]:
    """(true positives, called, true) of each class: (3, C) for all images and (3, R, C) for the replicates."""
    stacks = [r.truth & r.predicted, r.predicted, r.truth]
    return np.stack([s.sum(0) for s in stacks]).astype(float), np.stack([r.boot.sums(s.astype(float)) for s in stacks])


def by_class(counts: np.ndarray, what: str) -> np.ndarray:
    """Give "precision", "recall" or "f1" (..., C) from `class_counts`; NaN where undefined."""
    hits, called, true = counts
    return {"precision": ratio(hits, called), "recall": ratio(hits, true), "f1": ratio(2 * hits, called + true)}[what]


def ranked(boot: Bootstrap, statistic, ones: np.ndarray, undefined: str = ONE_KIND) -> Estimate:
    """A statistic of the ranks, a function of weights (r, N), with its interval."""
    return boot.estimate(float(statistic(ones)[0]), boot.over_rows(statistic), undefined)


def cross(true: np.ndarray, predicted: np.ndarray, n: int) -> np.ndarray:
    """Counts (n, n), rows true, of two int arrays (N,)."""
    return np.bincount(true.astype(int) * n + predicted.astype(int), minlength=n * n).reshape(n, n)


def confusion(r: Rows) -> dict:
    """Rows true, columns predicted. Labels that may coincide have no such table; theirs is the decision's."""
    if r.space.kind == "multilabel":
        return {"classes": ["negative", "positive"], "counts": cross(r.positive, r.called, 2).tolist()}
    n = len(r.space.classes)
    return {"classes": list(r.space.classes), "counts": cross(r.truth.argmax(1), r.predicted.argmax(1), n).tolist()}


def collapsed(r: Rows) -> list[dict]:
    """For each group of classes: in it or not, truth (rows) against the likeliest class (columns), and the sentence."""
    if r.space.kind == "multilabel":
        return []
    out = []
    for name in r.space.groups:
        members = list(r.space.members(name))
        true, called = r.truth[:, members].any(1), r.predicted[:, members].any(1)
        e = r.boot.proportion(called, true, NONE_SUCH)
        words = f"not defined ({e.undefined})" if e.value is None else f"{e.value:.0%}, 95 % interval {e.low:.0%} to {e.high:.0%}"
        text = f"Of {int(true.sum())} images of {name}, {int((true & called).sum())} were called {name} ({words})."
        out.append({"group": name, "classes": [f"not {name}", name], "counts": cross(true, called, 2).tolist(), "text": text})
    return out


def predicted(r: Rows) -> dict[str, int]:
    """How often each class was predicted; a model that answers one class for everything shows here."""
    return {c: int(r.predicted[:, i].sum()) for i, c in enumerate(r.space.classes)}


def roc(r: Rows, ones: np.ndarray) -> list[dict]:
    """ROC curves of each class and of the positive group, at most `ROC_POINTS` points, with their areas."""
    curves = [(c, r.p[:, i], r.truth[:, i]) for i, c in enumerate(r.space.classes)]
    if r.space.positive in r.space.groups:
        curves.append((r.space.positive, r.score, r.positive))
    out = []
    for name, score, true in curves:
        if true.all() or not true.any():
            continue
        fpr, tpr, _ = roc_curve(true, score)
        keep = np.unique(np.linspace(0, len(fpr) - 1, min(len(fpr), ROC_POINTS)).round().astype(int))
        area = ranked(r.boot, auroc(score, true), ones)
        out.append({"class": name, "fpr": fpr[keep].round(6).tolist(), "tpr": tpr[keep].round(6).tolist(), "auroc": area})
    return out


def words(r: Rows) -> list[str]:
    """The larger mistakes of the confusion matrix in plain words, most frequent first."""
    if r.space.kind == "multilabel":
        return []
    found = []
    for i, true in enumerate(r.space.classes):
        n = int(r.truth[:, i].sum())
        for j, called in enumerate(r.space.classes):
            wrong = r.truth[:, i] & r.predicted[:, j]
            if i != j and wrong.any():
                e = r.boot.proportion(r.predicted[:, j], r.truth[:, i], NONE_SUCH)
                share = f"{e.value:.0%}, 95 % interval {e.low:.0%} to {e.high:.0%}"
                found.append((int(wrong.sum()), f"Of {n} images of {true}, {wrong.sum()} were called {called} ({share})."))
    return [text for _, text in sorted(found, key=lambda x: -x[0])]
