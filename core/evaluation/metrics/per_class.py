"""Each class of a report: its metrics, the confusion matrix, its ROC curve, and the confusions in words. No torch."""

from typing import Literal

import numpy as np
from sklearn.metrics import roc_curve

from core.evaluation.metrics.bootstrap import NO_IMAGE, ratio
from core.evaluation.metrics.decisions import Decisions, mean_over_classes
from core.evaluation.parts.decisions import ClassMetrics, ConfusionMatrix, GroupedConfusion, RocCurve
from core.evaluation.predictions import ClassPredictions
from core.models.card import Estimate

ROC_POINTS = 200
ClassMetric = Literal["precision", "recall", "f1"]
_UNDEFINED: dict[ClassMetric, str] = {
    "precision": "never predicted",
    "recall": "no image of this class",
    "f1": "neither present nor predicted",
}


def per_class(d: Decisions, areas: tuple[Estimate, ...]) -> tuple[ClassMetrics, ...]:
    """precision, recall and F1 of each class against the rest, its support, and its AUROC from `class_areas`."""
    point, replicates = d.counts()
    out = []
    for i, name in enumerate(d.classes):
        found = {
            metric: d.bootstrap.estimate(float(by_class(point, metric)[i]), by_class(replicates, metric)[:, i], undefined)
            for metric, undefined in _UNDEFINED.items()
        }
        shares: tuple[tuple[ClassMetric, np.ndarray], ...] = (("precision", d.called[:, i]), ("recall", d.truth[:, i]))
        for metric, denominator in shares:
            if found[metric].value in {0.0, 1.0}:  # all replicates agree; see Bootstrap.proportion
                found[metric] = d.bootstrap.proportion(d.truth[:, i] & d.called[:, i], denominator, _UNDEFINED[metric])
            elif found[metric].value is not None:
                found[metric] = found[metric].model_copy(update={"n": int(denominator.sum())})
        out.append(ClassMetrics(label=name, **found, auroc=areas[i], support=int(d.truth[:, i].sum())))
    return tuple(out)


def class_areas(d: Decisions) -> tuple[Estimate, ...]:
    """AUROC of each class against the rest; of two classes both have the same."""
    if len(d.classes) == 2:
        return (d.bootstrap.auroc(d.scores[:, 1], d.truth[:, 1]),) * 2
    return tuple(d.bootstrap.auroc(d.scores[:, i], d.truth[:, i]) for i in range(len(d.classes)))


def by_class(counts: np.ndarray, metric: ClassMetric) -> np.ndarray:
    """precision, recall or F1 (..., C) from `Decisions.counts`; NaN where undefined."""
    hits, called, true = counts
    match metric:
        case "precision":
            return ratio(hits, called)
        case "recall":
            return ratio(hits, true)
        case "f1":
            return ratio(2 * hits, called + true)


def macro(d: Decisions, metric: ClassMetric) -> Estimate:
    """Mean over the classes that occur (balanced accuracy, macro F1), as scikit-learn has it."""
    point, replicates = (mean_over_classes(by_class(c, metric)) for c in d.counts())
    return d.bootstrap.estimate(float(point), replicates, NO_IMAGE)


def confusion(d: Decisions) -> ConfusionMatrix:
    """Rows true, columns called."""
    return ConfusionMatrix(classes=d.classes, counts=_cross(d.truth.argmax(1), d.called.argmax(1), len(d.classes)))


def grouped(r: ClassPredictions) -> tuple[GroupedConfusion, ...]:
    """For each group of classes: in it or not, by truth and by the most probable class."""
    out = []
    for name in r.space.groups:
        true, called = r.space.holds(r.truth, name), r.space.holds(r.predicted, name)
        share = r.bootstrap.proportion(called, true, NO_IMAGE).percent()
        text = f"Of {int(true.sum())} images of {name}, {int((true & called).sum())} were called {name} ({share})."
        out.append(GroupedConfusion(group=name, classes=(f"not {name}", name), counts=_cross(true, called, 2), text=text))
    return tuple(out)


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


def confusions_in_words(d: Decisions) -> tuple[str, ...]:
    """The confusions of the matrix in sentences, most frequent first."""
    found = []
    for i, true in enumerate(d.classes):
        n = int(d.truth[:, i].sum())
        for j, called in enumerate(d.classes):
            wrong = int((d.truth[:, i] & d.called[:, j]).sum())
            if i != j and wrong:
                share = d.bootstrap.proportion(d.called[:, j], d.truth[:, i], NO_IMAGE).percent()
                found.append((wrong, f"Of {n} images of {true}, {wrong} were called {called} ({share})."))
    return tuple(text for _, text in sorted(found, key=lambda x: -x[0]))


def _cross(true: np.ndarray, called: np.ndarray, n: int) -> tuple[tuple[int, ...], ...]:
    """Counts (n, n), rows true, of two int arrays (N,)."""
    counts = np.bincount(true.astype(int) * n + called.astype(int), minlength=n * n).reshape(n, n)
    return tuple(map(tuple, counts.tolist()))
