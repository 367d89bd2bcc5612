"""The report: a pure function of predictions.csv and what the card says. No torch."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import DataError
from core.evaluation.metrics.agreement import agreement
from core.evaluation.metrics.analytic import AnalyticInterval, delong
from core.evaluation.metrics.bootstrap import REPLICATES, auroc, average_precision, ratio, wilson
from core.evaluation.metrics.multilabel import multilabel
from core.evaluation.metrics.per_class import (
    NONE_SUCH,
    by_class,
    class_counts,
    collapsed,
    confusion,
    cross,
    per_class,
    predicted,
    ranked,
    roc,
    words,
)
from core.evaluation.metrics.prediction_sets import abstention, conformal
from core.evaluation.metrics.reliability import before_and_after
from core.evaluation.metrics.robustness import robustness, spread
from core.evaluation.metrics.subgroups import levels, subgroups
from core.evaluation.predictions import logits_of, read_predictions
from core.evaluation.probes.perturbation_sweep import read_sweep
from core.evaluation.rows import Rows
from core.files import read_json, write_json
from core.labels import LabelSpace
from core.models.card import Card, Estimate, read_card

PROBES = "probes.json"  # written by whoever had the model; taken over into the report
# What reports of earlier versions lack, and what stands for it.
LATER = {"collapsed": [], **dict.fromkeys(("calibration", "robustness", "spread", "heatmaps", "faithfulness", "shortcuts"))}
PROBED = ("localisation", "heatmaps", "faithfulness", "shortcuts")  # its keys


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


def make_report(folder: Path, header: Header | None = None) -> dict:
    """Compute the report of a checkpoint folder and write report.json.

    `header` may be given while there is no card yet (the card is written last).

    Raises
    ------
    DataError, CheckpointError
        If predictions.csv or the card is missing or not valid, or the split has no image.
    """
    report = read_report(folder, header)
    write_json(Path(folder) / "report.json", report)
    return report


def read_report(folder: Path, header: Header | None = None) -> dict:
    """The report of a checkpoint folder, computed from its files; nothing is written.

    Raises
    ------
    DataError, CheckpointError
        As `make_report`.
    """
    header = header or Header.from_card(read_card(folder))
    probes = read_json(Path(folder) / PROBES) if (Path(folder) / PROBES).is_file() else {}
    return report_of(read_predictions(folder, header.label_space), header, probes=probes, sweep=read_sweep(folder))


def report_of(
    frame: pd.DataFrame,
    header: Header,
    *,
    split: str = "test",
    probes: dict | None = None,
    sweep: pd.DataFrame | None = None,
    replicates: int = REPLICATES,
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
        "per_class": per_class(rows, ones),
        "confusion": confusion(rows),
        "decision": {"classes": ["negative", "positive"], "counts": cross(rows.positive, rows.called, 2).tolist()},
        "roc": roc(rows, ones),
        "predicted": predicted(rows),
        "beside": _beside(rows),
        "agreement": agreement(rows),
        "levels": levels(rows, header.threshold, replicates),
        "subgroups": subgroups(rows, replicates),
        "calibration": before_and_after(rows, logits_of(chosen, header.label_space), header.temperature, replicates),
        "conformal": conformal(validation, rows),
        "abstention": abstention(rows, header.threshold),
        "words": words(rows),
        "collapsed": collapsed(rows),
        "robustness": robustness(rows, sweep, chosen["sha256"], header.threshold),
        "spread": spread(rows, sweep, chosen["sha256"], header.threshold),
        **{k: (probes or {}).get(k) for k in PROBED},
    }
    if (labels := multilabel(validation, rows)) is not None:
        report["multilabel"] = labels
    return _plain(report)


def _metrics(r: Rows, ones: np.ndarray) -> dict[str, Estimate]:
    boot, yes, called = r.boot, r.positive, r.called
    everyone = np.ones(len(yes))
    return {
        "auroc": ranked(boot, auroc(r.score, yes), ones),
        "average_precision": ranked(boot, average_precision(r.score, yes), ones, "no positive image"),
        "accuracy": boot.proportion(_right(r), everyone, NONE_SUCH),
        "balanced_accuracy": _mean_of_classes(r, "recall"),
        "f1_macro": _mean_of_classes(r, "f1"),
        "sensitivity": boot.proportion(called, yes, "no positive image"),
        "specificity": boot.proportion(~called, ~yes, "no negative image"),
        "precision": boot.proportion(yes, called, "no image was called positive"),
        "npv": boot.proportion(~yes, ~called, "no image was called negative"),
        "brier": boot.mean((r.score - yes) ** 2),
    }


def _right(r: Rows) -> np.ndarray:
    """Where exactly one class holds: the most probable is it. Otherwise: the decision at the threshold is right."""
    return (r.predicted & r.truth).any(1) if r.space.kind == "multiclass" else r.called == r.positive


def _majority(r: Rows) -> Estimate:
    """Accuracy of giving every image the most frequent answer."""
    answers = r.truth if r.space.kind == "multiclass" else np.stack([~r.positive, r.positive], 1)
    return r.boot.proportion(answers[:, int(answers.sum(0).argmax())], np.ones(len(answers)), NONE_SUCH)


def _mean_of_classes(r: Rows, what: str) -> Estimate:
    """Mean over the classes that occur (balanced accuracy, macro F1), as scikit-learn has it."""
    point, replicates = (_nanmean(by_class(c, what)) for c in class_counts(r))
    return r.boot.estimate(float(point), replicates, NONE_SUCH)


def _nanmean(values: np.ndarray) -> np.ndarray:
    good = np.isfinite(values)
    return ratio(np.where(good, values, 0).sum(-1), good.sum(-1))


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
            out[name] = asdict(AnalyticInterval("Wilson", *wilson(int((hit & among).sum()), int(among.sum()))))
    return out


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
