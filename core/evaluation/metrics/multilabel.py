"""Where labels may coincide: each label's own threshold, Hamming loss, subset accuracy, and which labels occur together. No torch."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from core.evaluation.rows import Rows
from core.inference.calibration import choose_threshold
from core.models.card import Estimate

HALF = 0.5
NONE = "none"  # the row and column of images that bear, or were called, no label
NO_VALIDATION = "0.5, because there are no validation images"
SETS = {"own": "at each label's own threshold", "half": "at 0.5 for every label", "baseline": "the most frequent set for every image"}


def multilabel(validation: Rows, test: Rows) -> dict | None:
    """What a report says of labels that may coincide; None in a space where exactly one holds.

    The thresholds are Youden's on the validation rows and nothing else; the figures are the test rows', with the
    patient-clustered interval.

    Returns
    -------
    dict
        "labels": one a class, with "class", "threshold", "rule", "n_validation" (images, and those that bear it) and the test's
        "sensitivity", "specificity" and "precision". "hamming_loss" (share of single yes/no answers that are wrong) and
        "subset_accuracy" (share of images with every answer right): an Estimate for each key of `SETS`; the baseline answers
        the test part's most frequent set, "most_frequent_set". "together": "classes" (the labels, then none) and counts of
        images: "true" (row and column both true) and "called" (row true, column called at its own threshold).
    """
    if test.space.kind != "multilabel":
        return None
    chosen = [_threshold(validation, i) for i in range(len(test.space.classes))]
    own = test.p >= np.array([t for t, _ in chosen])
    common = _most_frequent(test.truth)
    answers = {"own": own, "half": test.p >= HALF, "baseline": np.broadcast_to(common, own.shape)}
    classes = test.space.classes
    return {
        "labels": [_label(validation, test, own, i, *chosen[i]) for i in range(len(classes))],
        "hamming_loss": {k: hamming_loss(test, a) for k, a in answers.items()},
        "subset_accuracy": {k: subset_accuracy(test, a) for k, a in answers.items()},
        "most_frequent_set": [c for c, yes in zip(classes, common, strict=True) if yes],
        "together": {"classes": [*classes, NONE], "true": together(test.truth, test.truth), "called": together(test.truth, own)},
    }


def hamming_loss(r: Rows, answers: np.ndarray) -> Estimate:
    """Share of the N × C single answers, bool (N, C), that differ from the truth, as scikit-learn has it.

    Where all are right, or all wrong, the bootstrap has no width; then the interval is that of the images with a wrong answer.
    """
    wrong = (answers != r.truth).mean(1)
    if wrong.mean() in (0, 1):
        return r.boot.proportion(wrong, np.ones(len(wrong)), "no image to count")
    totals = r.boot.sums(np.stack([wrong, np.ones(len(wrong))], 1))
    return r.boot.estimate(float(wrong.mean()), totals[:, 0] / np.maximum(totals[:, 1], 1), "no image to count")


def subset_accuracy(r: Rows, answers: np.ndarray) -> Estimate:
    """Share of the images with all their C answers right; scikit-learn's accuracy_score of label indicators."""
    return r.boot.proportion((answers == r.truth).all(1), np.ones(len(answers)), "no image to count")


def together(rows: np.ndarray, columns: np.ndarray) -> list[list[int]]:
    """Images in which a label of `rows` and one of `columns`, both bool (N, C), hold: (C + 1, C + 1) counts, none of them last."""
    a, b = (np.concatenate([x, ~x.any(1, keepdims=True)], 1).astype(int) for x in (rows, columns))
    return (a.T @ b).tolist()


def figures(found: dict) -> Iterator[tuple[str, dict[str, dict]]]:
    """(group, name → Estimate as a dict) of a report's "multilabel", for tables: the sets first, then each label."""
    for key, words in SETS.items():
        yield words, {name: found[name][key] for name in ("hamming_loss", "subset_accuracy")}
    for x in found["labels"]:
        yield f"{x['class']} at its own threshold {x['threshold']:.3f}", {k: x[k] for k in ("sensitivity", "specificity", "precision")}


def _threshold(validation: Rows, i: int) -> tuple[float, str]:
    if not len(validation.truth):
        return HALF, NO_VALIDATION
    return choose_threshold(validation.p[:, i], validation.truth[:, i])


def _label(validation: Rows, test: Rows, own: np.ndarray, i: int, threshold: float, rule: str) -> dict:
    true, called = test.truth[:, i], own[:, i]
    return {
        "class": test.space.classes[i],
        "threshold": float(threshold),
        "rule": rule,
        "n_validation": {"images": len(validation.truth), "with it": int(validation.truth[:, i].sum())},
        "sensitivity": test.boot.proportion(called, true, "no image of this label"),
        "specificity": test.boot.proportion(~called, ~true, "every image bears this label"),
        "precision": test.boot.proportion(true, called, "never called"),
    }


def _most_frequent(truth: np.ndarray) -> np.ndarray:
    """The set of labels, bool (C,), that most images bear; of equally frequent ones the first by content."""
    counts = Counter(map(tuple, truth.tolist()))
    return np.array(max(sorted(counts), key=counts.get))
