"""The report: a pure function of predictions.csv and what the card says. No torch."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_curve

from core.errors import DataError
from core.evaluation.agreement import agreement
from core.evaluation.closed_form import Beside, delong
from core.evaluation.conformal import abstention, conformal
from core.evaluation.multilabel import multilabel
from core.evaluation.predictions import read_predictions
from core.evaluation.rows import Rows
from core.evaluation.statistics import Bootstrap, auroc, average_precision, ratio, wilson
from core.evaluation.strata import levels, subgroups
from core.files import read_json, write_json
from core.labels import LabelSpace
from core.models.card import Card, Estimate, read_card

LOCALISATION = "localisation.json"  # written by whoever had the model; taken over into the report
ROC_POINTS = 200
ONE_KIND = "the images are all of one kind"
NONE_SUCH = "no image to count"


@dataclass(frozen=True)
class Header:
    """What a report repeats of its checkpoint."""

    checkpoint: str
    title: str
    synthetic: bool
    label_space: LabelSpace
    split_sha256: str
    waiver: str | None
    temperature: float
    threshold: float
    threshold_rule: str

    @classmethod
    def from_card(cls, card: Card) -> "Header":
        """The header of a finished checkpoint."""
        d = card.data
        return cls(
            card.name, card.title, card.synthetic, card.label_space, d.split_sha256, d.waiver, card.temperature, card.threshold,
            card.threshold_rule,
        )  # fmt: skip


def make_report(folder: Path, header: Header | None = None, split: str = "test") -> dict:
    """Compute the report of a checkpoint folder and write report.json.

    `header` may be given while there is no card yet (the card is written last).

    Raises
    ------
    DataError, CheckpointError
        If predictions.csv or the card is missing or not valid, or the split has no image.
    """
    header = header or Header.from_card(read_card(folder))
    probe = Path(folder) / LOCALISATION
    report = report_of(
        read_predictions(folder, header.label_space), header, split=split, localisation=read_json(probe) if probe.is_file() else None
    )
    write_json(Path(folder) / "report.json", report)
    return report


def report_of(
    frame: pd.DataFrame, header: Header, *, split: str = "test", localisation: dict | None = None, replicates: int = 2000
) -> dict:
    """The report of a predictions table as a dict that is valid JSON.

    Threshold and temperature come from the header as they are; nothing is tuned on `split`.
    """
    chosen = frame[frame["split"] == split] if split != "all" else frame
    if chosen.empty:
        raise DataError(f"The predictions hold no image of the split {split!r}.", "Evaluate the checkpoint on that split.")
    ready = (header.label_space, header.temperature, header.threshold)
    rows = Rows.of(chosen, *ready, replicates)
    validation = Rows.of(frame[frame["split"] == "validation"], *ready, 0)
    ones = np.ones((1, len(chosen)))
    report = {
        "schema_version": 1,
        "checkpoint": header.checkpoint,
        "title": header.title,
        "synthetic": header.synthetic,
        "label_space": header.label_space.model_dump(mode="json"),
        "split_sha256": header.split_sha256,
        "waiver": header.waiver,
        "split": split,
        "temperature": header.temperature,
        "threshold": header.threshold,
        "threshold_rule": header.threshold_rule,
        "n": {"validation": _count(frame[frame["split"] == "validation"]), "test": _count(chosen)},
        "prevalence": rows.boot.proportion(rows.positive, np.ones(len(chosen)), NONE_SUCH),
        "majority_baseline": _majority(rows),
        "metrics": _metrics(rows, ones),
        "per_class": _per_class(rows, ones),
        "confusion": _confusion(rows),
        "decision": {"classes": ["negative", "positive"], "counts": _cross(rows.positive, rows.called, 2).tolist()},
        "roc": _roc(rows, ones),
        "predicted": _predicted(rows),
        "beside": _beside(rows),
        "agreement": agreement(rows),
        "levels": levels(rows, header.threshold, replicates),
        "subgroups": subgroups(rows, replicates),
        "conformal": conformal(validation, rows),
        "abstention": abstention(rows, header.threshold),
        "words": _words(rows),
        "localisation": localisation,
    }
    if (labels := multilabel(validation, rows)) is not None:
        report["multilabel"] = labels
    return _plain(report)


def _metrics(r: Rows, ones: np.ndarray) -> dict[str, Estimate]:
    boot, yes, called = r.boot, r.positive, r.called
    everyone = np.ones(len(yes))
    return {
        "auroc": _ranked(boot, auroc(r.score, yes), ones),
        "average_precision": _ranked(boot, average_precision(r.score, yes), ones, "no positive image"),
        "accuracy": boot.proportion(_right(r), everyone, NONE_SUCH),
        "balanced_accuracy": _mean_of_classes(r, "recall"),
        "f1_macro": _mean_of_classes(r, "f1"),
        "sensitivity": boot.proportion(called, yes, "no positive image"),
        "specificity": boot.proportion(~called, ~yes, "no negative image"),
        "precision": boot.proportion(yes, called, "no image was called positive"),
        "npv": boot.proportion(~yes, ~called, "no image was called negative"),
        "brier": _mean(boot, (r.score - yes) ** 2),
    }


def _right(r: Rows) -> np.ndarray:
    """Where exactly one class holds: the most probable is it. Otherwise: the decision at the threshold is right."""
    return (r.predicted & r.truth).any(1) if r.space.kind == "multiclass" else r.called == r.positive


def _majority(r: Rows) -> Estimate:
    """Accuracy of giving every image the most frequent answer."""
    answers = r.truth if r.space.kind == "multiclass" else np.stack([~r.positive, r.positive], 1)
    return r.boot.proportion(answers[:, int(answers.sum(0).argmax())], np.ones(len(answers)), NONE_SUCH)


def _class_counts(r: Rows) -> tuple[np.ndarray, np.ndarray]:
    """(true positives, called, true) of each class: (3, C) for all images and (3, R, C) for the replicates."""
    stacks = [r.truth & r.predicted, r.predicted, r.truth]
    return np.stack([s.sum(0) for s in stacks]).astype(float), np.stack([r.boot.sums(s.astype(float)) for s in stacks])


def _by_class(counts: np.ndarray, what: str) -> np.ndarray:
    hits, called, true = counts
    return {"precision": ratio(hits, called), "recall": ratio(hits, true), "f1": ratio(2 * hits, called + true)}[what]


def _mean_of_classes(r: Rows, what: str) -> Estimate:
    """Mean over the classes that occur (balanced accuracy, macro F1), as scikit-learn has it."""
    point, replicates = (_nanmean(_by_class(c, what)) for c in _class_counts(r))
    return r.boot.estimate(float(point), replicates, NONE_SUCH)


def _nanmean(values: np.ndarray) -> np.ndarray:
    good = np.isfinite(values)
    return ratio(np.where(good, values, 0).sum(-1), good.sum(-1))


def _per_class(r: Rows, ones: np.ndarray) -> list[dict]:
    point, replicates = _class_counts(r)
    why = {"precision": "never predicted", "recall": "no image of this class", "f1": "neither present nor predicted"}
    out = []
    for i, name in enumerate(r.space.classes):
        row = {"class": name}
        for what, reason in why.items():
            row[what] = r.boot.estimate(float(_by_class(point, what)[i]), _by_class(replicates, what)[:, i], reason)
        row["support"] = int(r.truth[:, i].sum())
        row["auroc"] = _ranked(r.boot, auroc(r.p[:, i], r.truth[:, i]), ones)
        out.append(row)
    return out


def _ranked(boot: Bootstrap, statistic, ones: np.ndarray, undefined: str = ONE_KIND) -> Estimate:
    return boot.estimate(float(statistic(ones)[0]), boot.over_rows(statistic), undefined)


def _mean(boot: Bootstrap, values: np.ndarray) -> Estimate:
    total = boot.sums(np.stack([values, np.ones(len(values))], 1))
    return boot.estimate(float(np.mean(values)), ratio(total[:, 0], total[:, 1]), NONE_SUCH)


def _cross(true: np.ndarray, predicted: np.ndarray, n: int) -> np.ndarray:
    return np.bincount(true.astype(int) * n + predicted.astype(int), minlength=n * n).reshape(n, n)


def _confusion(r: Rows) -> dict:
    """Rows true, columns predicted. Labels that may coincide have no such table; theirs is the decision's."""
    if r.space.kind == "multilabel":
        return {"classes": ["negative", "positive"], "counts": _cross(r.positive, r.called, 2).tolist()}
    n = len(r.space.classes)
    return {"classes": list(r.space.classes), "counts": _cross(r.truth.argmax(1), r.predicted.argmax(1), n).tolist()}


def _predicted(r: Rows) -> dict[str, int]:
    """How often each class was predicted; a model that answers one class for everything shows here."""
    return {c: int(r.predicted[:, i].sum()) for i, c in enumerate(r.space.classes)}


def _roc(r: Rows, ones: np.ndarray) -> list[dict]:
    curves = [(c, r.p[:, i], r.truth[:, i]) for i, c in enumerate(r.space.classes)]
    if r.space.positive in r.space.groups:
        curves.append((r.space.positive, r.score, r.positive))
    out = []
    for name, score, true in curves:
        if true.all() or not true.any():
            continue
        fpr, tpr, _ = roc_curve(true, score)
        keep = np.unique(np.linspace(0, len(fpr) - 1, min(len(fpr), ROC_POINTS)).round().astype(int))
        area = _ranked(r.boot, auroc(score, true), ones)
        out.append({"class": name, "fpr": fpr[keep].round(6).tolist(), "tpr": tpr[keep].round(6).tolist(), "auroc": area})
    return out


def _beside(r: Rows) -> dict[str, dict]:
    """Intervals by formula for the AUROC and for each proportion."""
    out = {}
    if r.positive.any() and not r.positive.all() and (found := delong(r.score, r.positive)):
        out["auroc"] = asdict(found)
    shares = {
        "accuracy": (_right(r), np.ones(len(r.positive), bool)),
        "sensitivity": (r.called, r.positive),
        "specificity": (~r.called, ~r.positive),
        "precision": (r.positive, r.called),
        "npv": (~r.positive, ~r.called),
    }
    for name, (hit, among) in shares.items():
        if among.any():
            out[name] = asdict(Beside("Wilson", *wilson(int((hit & among).sum()), int(among.sum()))))
    return out


def _words(r: Rows) -> list[str]:
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


def _count(frame: pd.DataFrame) -> dict[str, int]:
    alone = int((frame["patient"] == "").sum())
    return {"images": len(frame), "patients": int(frame.loc[frame["patient"] != "", "patient"].nunique()) + alone}


def _plain(value):
    """Estimates become dicts, all the way down."""
    if isinstance(value, Estimate):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list) else value
