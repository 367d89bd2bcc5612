"""Each class of a report: its metrics, the confusion matrix, its ROC curve, and the confusions in words. No torch."""

from typing import Literal

import numpy as np
from sklearn.metrics import roc_curve

from core.evaluation.evaluation_report import ClassMetrics, ConfusionMatrix, GroupedConfusion, RocCurve
from core.evaluation.metrics.bootstrap import NO_IMAGE, ratio
from core.evaluation.predictions import ClassPredictions
from core.models.card import Estimate

ROC_POINTS = 200
ClassMetric = Literal["precision", "recall", "f1"]
_UNDEFINED: dict[ClassMetric, str] = {
    "precision": "never predicted",
    "recall": "no image of this class",
    "f1": "neither present nor predicted",
}


def per_class(r: ClassPredictions) -> tuple[ClassMetrics, ...]:
    """precision, recall, f1 and AUROC of each class against the rest, and its support."""
    point, replicates = class_counts(r)
    out = []
    for i, name in enumerate(r.space.classes):
        found = {
            metric: r.bootstrap.estimate(float(by_class(point, metric)[i]), by_class(replicates, metric)[:, i], undefined)
            for metric, undefined in _UNDEFINED.items()
        }
        shares: tuple[tuple[ClassMetric, np.ndarray], ...] = (("precision", r.predicted[:, i]), ("recall", r.truth[:, i]))
        for metric, denominator in shares:
            if found[metric].value in {0.0, 1.0}:  # all replicates agree; see Bootstrap.proportion
                found[metric] = r.bootstrap.proportion(r.truth[:, i] & r.predicted[:, i], denominator, _UNDEFINED[metric])
        area = r.bootstrap.auroc(r.probabilities[:, i], r.truth[:, i])
        out.append(ClassMetrics(label=name, **found, auroc=area, support=int(r.truth[:, i].sum())))
    return tuple(out)


def class_counts(r: ClassPredictions) -> tuple[np.ndarray, np.ndarray]:
    """(true positives, predicted, true) of each class: (3, C) for all images and (3, R, C) for the replicates."""
    stacks = [r.truth & r.predicted, r.predicted, r.truth]
    return np.stack([s.sum(0) for s in stacks]).astype(float), np.stack([r.bootstrap.sums(s.astype(float)) for s in stacks])


def by_class(counts: np.ndarray, metric: ClassMetric) -> np.ndarray:
    """precision, recall or f1 (..., C) from `class_counts`; NaN where undefined."""
    hits, predicted, true = counts
    match metric:
        case "precision":
            return ratio(hits, predicted)
        case "recall":
            return ratio(hits, true)
        case "f1":
            return ratio(2 * hits, predicted + true)


def macro(r: ClassPredictions, metric: ClassMetric) -> Estimate:
    """Mean over the classes that occur (balanced accuracy, macro F1), as scikit-learn has it."""
    point, replicates = (_nanmean(by_class(c, metric)) for c in class_counts(r))
    return r.bootstrap.estimate(float(point), replicates, NO_IMAGE)


def confusion(r: ClassPredictions) -> ConfusionMatrix:
    """Of the most probable class; a multilabel space has no such table, there it is that of the decision."""
    if r.space.kind == "multilabel":
        return confusion_at_threshold(r)
    n = len(r.space.classes)
    return ConfusionMatrix(classes=r.space.classes, counts=_cross(r.truth.argmax(1), r.predicted.argmax(1), n))


def confusion_at_threshold(r: ClassPredictions) -> ConfusionMatrix:
    """Of the decision on the positive class or group."""
    return ConfusionMatrix(classes=("negative", "positive"), counts=_cross(r.positive, r.decision, 2))


def grouped(r: ClassPredictions) -> tuple[GroupedConfusion, ...]:
    """For each group of classes: in it or not, by truth and by the most probable class."""
    if r.space.kind == "multilabel":
        return ()
    out = []
    for name in r.space.groups:
        true, called = r.space.holds(r.truth, name), r.space.holds(r.predicted, name)
        share = r.bootstrap.proportion(called, true, NO_IMAGE).percent()
        text = f"Of {int(true.sum())} images of {name}, {int((true & called).sum())} were called {name} ({share})."
        out.append(GroupedConfusion(group=name, classes=(f"not {name}", name), counts=_cross(true, called, 2), text=text))
    return tuple(out)


def predicted_counts(r: ClassPredictions) -> dict[str, int]:
    """How often each class was predicted; a model that answers one class for everything shows here."""
    return {c: int(r.predicted[:, i].sum()) for i, c in enumerate(r.space.classes)}


def roc_curves(r: ClassPredictions) -> tuple[RocCurve, ...]:
    """ROC curves of each class and of the positive group, at most `ROC_POINTS` points, with their areas."""
    curves = [(c, r.probabilities[:, i], r.truth[:, i]) for i, c in enumerate(r.space.classes)]
    if r.space.positive in r.space.groups:
        curves.append((r.space.positive, r.score, r.positive))
    out = []
    for name, score, true in curves:
        if true.all() or not true.any():
            continue
        fpr, tpr, _ = roc_curve(true, score)
        some = np.unique(np.linspace(0, len(fpr) - 1, min(len(fpr), ROC_POINTS)).round().astype(int))
        area = r.bootstrap.auroc(score, true)
        out.append(RocCurve(label=name, fpr=fpr[some].round(6).tolist(), tpr=tpr[some].round(6).tolist(), auroc=area))
    return tuple(out)


def confusions_in_words(r: ClassPredictions) -> tuple[str, ...]:
    """The confusions of the matrix in sentences, most frequent first."""
    if r.space.kind == "multilabel":
        return ()
    found = []
    for i, true in enumerate(r.space.classes):
        n = int(r.truth[:, i].sum())
        for j, called in enumerate(r.space.classes):
            wrong = int((r.truth[:, i] & r.predicted[:, j]).sum())
            if i != j and wrong:
                share = r.bootstrap.proportion(r.predicted[:, j], r.truth[:, i], NO_IMAGE).percent()
                found.append((wrong, f"Of {n} images of {true}, {wrong} were called {called} ({share})."))
    return tuple(text for _, text in sorted(found, key=lambda x: -x[0]))


def _cross(true: np.ndarray, predicted: np.ndarray, n: int) -> tuple[tuple[int, ...], ...]:
    """Counts (n, n), rows true, of two int arrays (N,)."""
    counts = np.bincount(true.astype(int) * n + predicted.astype(int), minlength=n * n).reshape(n, n)
    return tuple(map(tuple, counts.tolist()))


def _nanmean(values: np.ndarray) -> np.ndarray:
    good = np.isfinite(values)
    return ratio(np.where(good, values, 0).sum(-1), good.sum(-1))
