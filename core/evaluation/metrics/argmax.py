"""More than two classes, each image counted as its most probable one: what no threshold moves. No torch."""

import numpy as np

from core.evaluation.metrics.agreement import ONE_CLASS_EACH, decision_agreement, quadratic_kappa
from core.evaluation.metrics.decisions import Decisions
from core.evaluation.metrics.headline import majority_baseline
from core.evaluation.metrics.per_class import class_areas, confusion, confusions_in_words, grouped, macro, per_class
from core.evaluation.parts.decisions import Argmax
from core.evaluation.predictions import ClassPredictions
from core.models.card import Estimate


def argmax(r: ClassPredictions) -> Argmax | None:
    """Matrix, class table and agreement of the most probable classes; None for two classes and in a multilabel space."""
    if r.space.kind == "multilabel" or len(r.space.classes) == 2:
        return None
    d = Decisions.argmax(r)
    return Argmax(
        metrics=argmax_metrics(d) | decision_agreement(d) | _graded(r),
        majority_baseline=majority_baseline(d),
        confusion=confusion(d),
        per_class=per_class(d, class_areas(d)),
        predicted_counts={c: int(d.called[:, i].sum()) for i, c in enumerate(d.classes)},
        summary=confusions_in_words(d),
        grouped=grouped(r),
    )


def argmax_metrics(d: Decisions) -> dict[str, Estimate]:
    """accuracy, balanced_accuracy and f1_macro, as scikit-learn has them."""
    return {"accuracy": d.bootstrap.mean(d.right), "balanced_accuracy": macro(d, "recall"), "f1_macro": macro(d, "f1")}


def _graded(r: ClassPredictions) -> dict[str, Estimate]:
    """Quadratic weighted kappa of the space's ordinal levels."""
    if not r.space.ordinal_levels:
        return {}
    levels = np.array(r.space.ordinal_levels)
    n = int(levels.max()) + 1
    cells = np.eye(n * n)[levels[r.truth.argmax(1)] * n + levels[r.predicted.argmax(1)]]
    tables = cells.sum(0).reshape(1, n, n), r.bootstrap.sums(cells).reshape(-1, n, n)
    value = r.bootstrap.estimate(float(quadratic_kappa(tables[0])[0]), quadratic_kappa(tables[1]), ONE_CLASS_EACH)
    return {"quadratic_kappa": value}
