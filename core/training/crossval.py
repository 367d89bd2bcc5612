"""Cross-validation by patient: every image is tested once, by a model that has seen nothing of its patient."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from core.evaluation.metrics.bootstrap import NO_IMAGE, Bootstrap, ratio
from core.evaluation.predictions import Predictions, predictions_of
from core.files import read_json, write_json
from core.labels import LabelSpace
from core.models.card import Card, Estimate, read_card
from core.training.experiment import train
from core.training.recipe import Recipe

SUMMARY = "crossval.json"
DUMMIES = 50


def cross_validate(recipe: Recipe, data: Path, out: Path, *, seeds: Sequence[int] = (0,), waive: str | None = None) -> dict:
    """Train `recipe.folds` models a seed, pool their test predictions, and summarise.

    Each fold is a whole checkpoint in `out/seed0-fold0`, …; those that are complete are kept, so a call that
    was cut off goes on. A seed changes the folds and the first weights. The result goes to `out/crossval.json`.

    Returns
    -------
    dict
        "pooled": one block a seed as `summarise` gives it; "spread": mean and standard deviation over all
        folds and seeds of each fold's own AUROC and accuracy.
    """
    out, blocks, single = Path(out), [], []
    for seed in seeds:
        parts = []
        for fold in range(recipe.folds):
            folder = out / f"seed{seed}-fold{fold}"
            if not (folder / "card.json").exists():
                train(recipe.model_copy(update={"seed": seed, "fold": fold}), data, out, name=folder.name, waive=waive)
            card = read_card(folder)
            parts.append(_decided(folder, card))
            single.append({k: card.metrics[k].value for k in ("auroc", "accuracy") if k in card.metrics})
        blocks.append({"seed": seed, **summarise(pd.concat(parts, ignore_index=True), recipe.space)})
    values = {k: [v for s in single if (v := s.get(k)) is not None] for k in ("auroc", "accuracy")}
    spread = {k: {"mean": float(np.mean(v)), "sd": float(np.std(v, ddof=1)), "n": len(v)} for k, v in values.items() if len(v) > 1}
    write_json(out / SUMMARY, {"recipe": recipe.model_dump(mode="json", exclude_none=True), "pooled": blocks, "spread": spread})
    return read_json(out / SUMMARY)


def _decided(folder: Path, card: Card) -> pd.DataFrame:
    """Test rows of a fold: patient, truth, called (class), score, positive (decision at the fold's own threshold)."""
    r = predictions_of(folder, card, "test")
    called = {"called": r.predicted.argmax(1), "score": r.score, "positive": r.decision}
    return pd.DataFrame({"patient": r.patients, "truth": r.truth.argmax(1), **called})


def summarise(frame: pd.DataFrame, space: LabelSpace, dummy_seed: int = 0) -> dict:
    """Pooled out-of-fold results of a multiclass task, each with the patient-clustered interval.

    The "dummy" draws its answers with the classes' frequencies; differences to it are paired and averaged over 50 draws, since one
    draw alone may be lucky.
    """
    n_classes = len(space.classes)
    truth, called = frame["truth"].to_numpy(), frame["called"].to_numpy()
    shares = np.bincount(truth, minlength=n_classes) / len(truth)
    dummies = np.random.default_rng(dummy_seed).choice(n_classes, (DUMMIES, len(truth)), p=shares)
    actual = np.isin(truth, space.members(space.positive))
    predictions = Predictions(frame["score"].to_numpy(), actual, frame["patient"].to_numpy())
    boot = predictions.bootstrap
    ours, others = _by_confusion(boot, truth, called, n_classes), [_by_confusion(boot, truth, d, n_classes) for d in dummies]
    decided = _by_decision(boot, actual, frame["positive"].to_numpy())
    out = {"auroc": predictions.auroc}
    for name, (value, replicates) in {**ours, **decided}.items():
        out[name] = boot.estimate(value, replicates, NO_IMAGE)
    for name in ("macro_f1", "balanced_accuracy"):
        value = ours[name][0] - float(np.mean([other[name][0] for other in others]))
        replicates = ours[name][1] - np.mean([other[name][1] for other in others], axis=0)
        out[f"{name}_over_dummy"] = boot.estimate(value, replicates, NO_IMAGE)
    return {
        "n": len(frame),
        "n_patients": boot.n_patients,
        "majority_share": float(shares.max()),
        **{k: e.model_dump(mode="json") for k, e in out.items()},
        "confusion": np.bincount(truth * n_classes + called, minlength=n_classes**2).reshape(n_classes, n_classes).tolist(),
    }


def _by_confusion(boot: Bootstrap, truth: np.ndarray, called: np.ndarray, n_classes: int) -> dict[str, tuple[float, np.ndarray]]:
    """Value and replicates (R,) of the metrics of a confusion matrix; rows are the truth."""
    cells = np.eye(n_classes**2)[truth * n_classes + called]
    tables = np.concatenate([cells.sum(0)[None], boot.sums(cells)]).reshape(-1, n_classes, n_classes)
    hits, rows, columns = np.diagonal(tables, axis1=1, axis2=2), tables.sum(2), tables.sum(1)
    results = {
        "accuracy": ratio(hits.sum(1), rows.sum(1)),
        "macro_f1": np.mean(np.nan_to_num(ratio(2 * hits, rows + columns)), axis=1),
        "balanced_accuracy": np.nanmean(ratio(hits, rows), axis=1),
    }
    return {k: (float(v[0]), v[1:]) for k, v in results.items()}


def _by_decision(boot: Bootstrap, actual: np.ndarray, positive: np.ndarray) -> dict[str, tuple[float, np.ndarray]]:
    """Value and replicates of the positive class or group at the folds' thresholds."""
    cells = np.stack([actual & positive, actual & ~positive, ~actual & positive, ~actual & ~positive], 1).astype(float)
    tp, fn, fp, tn = np.concatenate([cells.sum(0)[None], boot.sums(cells)]).T
    results = {
        "positive_accuracy": ratio(tp + tn, tp + fn + fp + tn),
        "sensitivity": ratio(tp, tp + fn),
        "specificity": ratio(tn, tn + fp),
        "precision": ratio(tp, tp + fp),
        "f1": ratio(2 * tp, 2 * tp + fp + fn),
    }
    return {k: (float(v[0]), v[1:]) for k, v in results.items()}


def sentences(summary: dict) -> str:
    """The summary as lines for people."""
    lines = []
    for block in summary["pooled"]:
        lines.append(f"seed {block['seed']}: {block['n']} images of {block['n_patients']} patients, majority {block['majority_share']:.3f}")
        for name, e in block.items():
            if isinstance(e, dict) and "value" in e:
                lines.append(f"  {name:30} {Estimate.model_validate(e).text(3)}")
    for name, s in summary["spread"].items():
        lines.append(f"{name} of single folds: mean {s['mean']:.3f}, standard deviation {s['sd']:.3f}, n {s['n']}")
    return "\n".join(lines)
