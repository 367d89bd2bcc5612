"""A report as groups of numbers and as sentences; HTML, PDF, CSV and the shell show these. No torch."""

from dataclasses import dataclass

import pandas as pd

from core.evaluation.evaluation_report import EvaluationReport
from core.evaluation.metrics.multilabel import multilabel_groups
from core.models.card import Estimate

STAMP = "RESEARCH USE ONLY. Not a medical device. Scores, not diagnoses."
SYNTHETIC = "SYNTHETIC: measured on phantoms; a check of the software, no evidence."


@dataclass(frozen=True)
class MetricGroup:
    """Numbers under one title, by name."""

    title: str
    metrics: dict[str, Estimate]


def stamp_of(report: EvaluationReport) -> str:
    """What stands on every page and in every row."""
    return f"{STAMP} {SYNTHETIC}" if report.synthetic else STAMP


def groups_of(report: EvaluationReport) -> list[MetricGroup]:
    """Every number of a report; the first group is "Headline metrics"."""
    r = report
    headline = {"prevalence": r.prevalence, "majority_baseline": r.majority_baseline, **r.metrics}
    groups = [MetricGroup("Headline metrics", headline), MetricGroup("Agreement and areas", r.agreement)]
    for c in r.per_class:
        groups.append(MetricGroup(f"Class {c.label}", {"precision": c.precision, "recall": c.recall, "f1": c.f1, "auroc": c.auroc}))
    for x in r.by_level:
        title = x.level.capitalize() if x.aggregation == "none" else f"{x.level.capitalize()}, {x.aggregation}"
        groups.append(MetricGroup(title, {"auroc": x.auroc, "sensitivity": x.sensitivity, "specificity": x.specificity}))
    groups.append(MetricGroup("AUROC of subgroups", {f"{x.stratum} {x.value}": x.auroc for x in r.subgroups}))
    perturbed = {x.perturbation: x.difference for x in r.robustness or ()}
    groups.append(MetricGroup("AUROC under perturbations, less that of the unperturbed images", perturbed))
    groups += _probes(r)
    if r.multilabel is not None:
        groups += [MetricGroup(title[0].upper() + title[1:], metrics) for title, metrics in multilabel_groups(r.multilabel)]
    for title, found in (("before", r.calibration.before), ("after", r.calibration.after)):
        groups.append(MetricGroup(f"Calibration {title} temperature scaling", {"ece": found.ece, "brier": found.brier}))
    return [g for g in groups if g.metrics]


def _probes(report: EvaluationReport) -> list[MetricGroup]:
    groups: dict[str, dict[str, Estimate]] = {}
    for row in report.heatmaps.rows if report.heatmaps else ():
        for measure, e in (("pointing game", row.pointing), ("energy", row.energy), ("IoU", row.iou)):
            groups.setdefault(f"Heatmaps: {measure}, {row.subset}", {})[row.method] = e
    for s in report.shortcuts or ():
        if s.auroc is not None:
            groups.setdefault("AUROC of attributes from the features", {})[f"{s.attribute} {s.value}"] = s.auroc
    return [MetricGroup(title, metrics) for title, metrics in groups.items()]


def table_of(report: EvaluationReport) -> pd.DataFrame:
    """One row a number: group, name, value, low, high, method, n, n_patients, undefined, checkpoint, stamp."""
    rows = [{"group": g.title, "name": name, **e.model_dump()} for g in groups_of(report) for name, e in g.metrics.items()]
    return pd.DataFrame(rows).assign(checkpoint=report.checkpoint, stamp=stamp_of(report))


def sentences(report: EvaluationReport) -> list[str]:
    """The sample, the operating point, and the confusions in words."""
    r = report
    out = [
        f"Test: {r.test.images} images of {r.test.patients} patients. Threshold {r.threshold:.3f} ({r.threshold_rule}) and temperature "
        f"{r.temperature:.2f} from {r.validation.images} validation images of {r.validation.patients} other patients. "
        f"Split {r.split_sha256[:12]}. Positive: {r.label_space.positive}."
    ]
    if r.waiver:
        out.append(f"Leakage between splits was waived: {r.waiver}")
    out += [*r.summary, *(g.text for g in r.grouped), *r.notes]
    return out + ([r.localisation.text] if r.localisation else [])


def value_text(e: Estimate) -> str:
    """The value, or why there is none."""
    return f"{e.value:.3f}" if e.value is not None else f"undefined: {e.undefined}"
