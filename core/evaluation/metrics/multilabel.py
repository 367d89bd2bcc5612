"""Multilabel spaces: each label's own threshold, Hamming loss, subset accuracy, and which labels occur together. No torch."""

from collections import Counter
from collections.abc import Iterator
from typing import Literal

import numpy as np

from core.evaluation.metrics.bootstrap import NO_IMAGE
from core.evaluation.parts.multilabel import CoOccurrence, LabelMetrics, Multilabel
from core.evaluation.predictions import ClassPredictions
from core.inference.threshold_rule import YOUDEN
from core.models.card import Estimate

HALF = 0.5
NONE = "none"  # the row and column of images without a label
DecisionRule = Literal["own", "half", "baseline"]
DECISION_RULES: dict[DecisionRule, str] = {
    "own": "at each label's own threshold",
    "half": "at 0.5 for every label",
    "baseline": "the most frequent set for every image",
}


def multilabel(validation: ClassPredictions, test: ClassPredictions) -> Multilabel | None:
    """Metrics of a multilabel space; None in a multiclass one.

    The thresholds are Youden's on the validation rows and nothing else; the figures are the test rows', with the
    patient-clustered interval.
    """
    if test.space.kind != "multilabel":
        return None
    classes = test.space.classes
    chosen = [YOUDEN.choose(validation.probabilities[:, i], validation.truth[:, i]) for i in range(len(classes))]
    own = test.probabilities >= np.array([t for t, _ in chosen])
    common = _most_frequent(test.truth)
    predicted = {"own": own, "half": test.probabilities >= HALF, "baseline": np.broadcast_to(common, own.shape)}
    return Multilabel(
        labels=tuple(_label(validation, test, own, i, *chosen[i]) for i in range(len(classes))),
        hamming_loss={k: hamming_loss(test, a) for k, a in predicted.items()},
        subset_accuracy={k: subset_accuracy(test, a) for k, a in predicted.items()},
        most_frequent_set=tuple(c for c, holds in zip(classes, common, strict=True) if holds),
        co_occurrence=CoOccurrence(
            labels=(*classes, NONE), true=co_occurrence(test.truth, test.truth), predicted=co_occurrence(test.truth, own)
        ),
    )


def hamming_loss(r: ClassPredictions, predicted: np.ndarray) -> Estimate:
    """Share of the N × C single decisions, bool (N, C), that differ from the truth, as scikit-learn has it.

    Where all are right, or all wrong, the bootstrap has no width; then the interval is that of the images with a wrong decision.
    """
    wrong = (predicted != r.truth).mean(1)
    if wrong.mean() in (0, 1):
        return r.bootstrap.proportion(wrong, np.ones(len(wrong)), NO_IMAGE)
    return r.bootstrap.estimate(*r.bootstrap.mean_replicates(wrong), NO_IMAGE)


def subset_accuracy(r: ClassPredictions, predicted: np.ndarray) -> Estimate:
    """Share of the images with all their C decisions right; scikit-learn's accuracy_score of label indicators."""
    return r.bootstrap.mean((predicted == r.truth).all(1))


def co_occurrence(rows: np.ndarray, columns: np.ndarray) -> tuple[tuple[int, ...], ...]:
    """Images in which a label of `rows` and one of `columns`, both bool (N, C), hold: (C + 1, C + 1) counts, none of them last."""
    a, b = (np.concatenate([x, ~x.any(1, keepdims=True)], 1).astype(int) for x in (rows, columns))
    return tuple(map(tuple, (a.T @ b).tolist()))


def multilabel_groups(found: Multilabel) -> Iterator[tuple[str, dict[str, Estimate]]]:
    """(group, name → Estimate) for tables: the decision rules first, then each label."""
    for rule, text in DECISION_RULES.items():
        yield text, {"hamming_loss": found.hamming_loss[rule], "subset_accuracy": found.subset_accuracy[rule]}
    for x in found.labels:
        rates = {"sensitivity": x.sensitivity, "specificity": x.specificity, "precision": x.precision, "auroc": x.auroc}
        yield f"{x.label} at its own threshold {x.threshold:.3f}", rates


def _label(validation: ClassPredictions, test: ClassPredictions, own: np.ndarray, i: int, threshold: float, rule: str) -> LabelMetrics:
    true, called = test.truth[:, i], own[:, i]
    return LabelMetrics(
        label=test.space.classes[i],
        threshold=threshold,
        threshold_rule=rule,
        n_validation=len(validation),
        n_validation_positive=int(validation.truth[:, i].sum()),
        sensitivity=test.bootstrap.proportion(called, true, "no image of this label"),
        specificity=test.bootstrap.proportion(~called, ~true, "every image bears this label"),
        precision=test.bootstrap.proportion(true, called, "never predicted"),
        auroc=test.bootstrap.auroc(test.probabilities[:, i], true),
    )


def _most_frequent(truth: np.ndarray) -> np.ndarray:
    """The set of labels, bool (C,), that most images bear; of equally frequent ones the first by content."""
    counts = Counter(map(tuple, truth.tolist()))
    return np.array(max(sorted(counts), key=counts.__getitem__))
