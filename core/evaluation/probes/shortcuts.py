"""Shortcuts: do the network's features predict where an image comes from, its view, its side or its density?"""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.datasets.manifest import Item
from core.evaluation.metrics.bootstrap import Bootstrap
from core.evaluation.parts.probes import Shortcut
from core.inference.features import embed
from core.inference.predictor import Predictor
from core.models.card import Estimate

ATTRIBUTES = ("source", "view", "laterality", "density")
MIN_PER_VALUE = 20  # images
FOLDS = 5
BATCH = 16


def shortcuts(predictor: Predictor, items: Sequence[Item], grids: np.ndarray) -> tuple[Shortcut, ...]:
    """AUROC of a logistic regression from the features to each value of each attribute; folds by patient.

    A high AUROC for the source means that the model could recognise the scanner instead of the disease.
    """
    spec = predictor.card.input
    parts = (np.asarray(grids[i : i + BATCH]) for i in range(0, len(grids), BATCH))
    features = np.concatenate([embed(predictor, np.stack([spec.finish(g) for g in part])) for part in parts])
    patients = np.array([i.patient_key for i in items])
    out: list[Shortcut] = []
    for attribute in ATTRIBUTES:
        known = np.array([getattr(i, attribute) or "" for i in items])
        values = [v for v in sorted(set(known) - {""}) if (known == v).sum() >= MIN_PER_VALUE]
        if len(values) < 2 or len(set(patients)) < FOLDS:
            reason = f"fewer than two values with {MIN_PER_VALUE} images" if known.any() else "unknown in this source"
            out.append(Shortcut(attribute=attribute, undefined=reason))
            continue
        chosen = np.isin(known, values)
        for value in values[1:] if len(values) == 2 else values:  # of two values, one against the other is enough
            truth = known[chosen] == value
            found = _predictability(features[chosen], truth, patients[chosen])
            out.append(Shortcut(attribute=attribute, value=value, n=len(truth), auroc=found))
    return tuple(out)


def _predictability(features: np.ndarray, truth: np.ndarray, patients: np.ndarray) -> Estimate:
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, class_weight="balanced", max_iter=1000))
    score = cross_val_predict(model, features, truth, groups=patients, cv=StratifiedGroupKFold(FOLDS), method="decision_function")
    return Bootstrap.of(patients).auroc(score, truth)
