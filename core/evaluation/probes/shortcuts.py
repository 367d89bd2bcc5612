"""What else the features tell than what they were trained for: where an image comes from, its view, its side, its density."""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.datasets.manifest import Item
from core.evaluation.metrics.bootstrap import Bootstrap, auroc
from core.inference.features import embed
from core.inference.predictor import Predictor

ASKED = ("source", "view", "laterality", "density")
LEAST = 20  # images of each value
FOLDS = 5
BATCH = 16


def shortcuts(predictor: Predictor, items: Sequence[Item], grids: np.ndarray) -> list[dict]:
    """For each stratum that a logistic regression can be asked for from the features of the images, folds by patient.

    Each: "of", and either "value", "n" and "auroc" (that value against all others; patients drawn whole) or "reason". A high
    AUROC for the source means that the model could answer from it.
    """
    spec = predictor.card.input
    parts = (np.asarray(grids[i : i + BATCH]) for i in range(0, len(grids), BATCH))
    features = np.concatenate([embed(predictor, np.stack([spec.finish(g) for g in part])) for part in parts])
    patients = np.array([i.patient_key for i in items])
    out: list[dict] = []
    for of in ASKED:
        told = np.array([getattr(i, of) or "" for i in items])
        values = [v for v in sorted(set(told) - {""}) if (told == v).sum() >= LEAST]
        if len(values) < 2 or len(set(patients)) < FOLDS:
            out.append({"of": of, "reason": f"fewer than two values with {LEAST} images" if told.any() else "not told"})
            continue
        chosen = np.isin(told, values)
        for value in values[1:] if len(values) == 2 else values:  # of two, one against the other says it all
            out.append({"of": of, "value": value, **_asked(features[chosen], told[chosen] == value, patients[chosen])})
    return out


def _asked(features: np.ndarray, truth: np.ndarray, patients: np.ndarray) -> dict:
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, class_weight="balanced", max_iter=1000))
    score = cross_val_predict(model, features, truth, groups=patients, cv=StratifiedGroupKFold(FOLDS), method="decision_function")
    boot, statistic = Bootstrap.of(patients), auroc(score, truth)
    area = boot.estimate(float(statistic(np.ones((1, len(truth))))[0]), boot.over_rows(statistic), "all of one kind")
    return {"n": len(truth), "auroc": area.model_dump(mode="json")}
