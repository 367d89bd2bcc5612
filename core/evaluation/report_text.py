"""A report as groups of numbers and as sentences; HTML, PDF, CSV and the shell show these. No torch."""

from dataclasses import dataclass

import pandas as pd

from core.evaluation.evaluation_report import EvaluationReport
from core.evaluation.metric_names import METRIC_NAMES
from core.evaluation.metrics.multilabel import multilabel_groups
from core.evaluation.metrics.operating_point import expected_counts
from core.evaluation.parts.decisions import ClassMetrics, RocCurve
from core.models.card import Estimate

STAMP = "RESEARCH USE ONLY. Not a medical device. Scores, not diagnoses."
SYNTHETIC = "SYNTHETIC: measured on phantoms; a check of the software, no evidence."
HEADLINE = "Headline metrics"
MATRIX = "Confusion matrix at the operating point (rows true, columns predicted)"
ARGMAX = "Argmax, not thresholded"
SCREENING = 0.01  # prevalence of the thousand patients


@dataclass(frozen=True)
class MetricGroup:
    """Numbers under one title, by name."""

    title: str
    metrics: dict[str, Estimate]


def stamp_of(report: EvaluationReport) -> str:
    """What stands on every page and in every row."""
    return f"{STAMP} {SYNTHETIC}" if report.synthetic else STAMP


def groups_of(report: EvaluationReport) -> list[MetricGroup]:
    """Every number of a report; the first group is `HEADLINE`."""
    r = report
    headline = {"prevalence": r.prevalence, "majority_baseline": r.majority_baseline, **r.metrics}
    groups = [MetricGroup(HEADLINE, headline), MetricGroup("Agreement and areas", r.agreement)]
    groups += [_class(c, "") for c in r.per_class]
    for x in r.by_level:
        title = x.level.capitalize() if x.aggregation == "none" else f"{x.level.capitalize()}, {x.aggregation}"
        groups.append(MetricGroup(title, {"auroc": x.auroc, "sensitivity": x.sensitivity, "specificity": x.specificity}))
    groups.append(MetricGroup("AUROC of subgroups", {f"{x.stratum} {x.value}": x.auroc for x in r.subgroups}))
    groups.append(MetricGroup("Sensitivity of subgroups", {f"{x.stratum} {x.value}": x.sensitivity for x in r.subgroups}))
    perturbed = {x.perturbation: x.difference for x in r.robustness or ()}
    groups.append(MetricGroup("AUROC under perturbations, less that of the unperturbed images", perturbed))
    groups += _probes(r)
    if r.multilabel is not None:
        groups += [MetricGroup(title[0].upper() + title[1:], metrics) for title, metrics in multilabel_groups(r.multilabel)]
    for title, found in (("before", r.calibration.before), ("after", r.calibration.after)):
        groups.append(MetricGroup(f"Calibration {title} temperature scaling", {"ece": found.ece, "brier": found.brier}))
    if r.argmax is not None:
        groups.append(MetricGroup(ARGMAX, {"majority_baseline": r.argmax.majority_baseline, **r.argmax.metrics}))
        groups += [_class(c, f"{ARGMAX}: ") for c in r.argmax.per_class]
    return [g for g in groups if g.metrics]


def _class(c: ClassMetrics, before: str) -> MetricGroup:
    return MetricGroup(f"{before}Class {c.label}", {"precision": c.precision, "recall": c.recall, "f1": c.f1, "auroc": c.auroc})


def _probes(report: EvaluationReport) -> list[MetricGroup]:
    groups: dict[str, dict[str, Estimate]] = {}
    for row in report.heatmaps.rows if report.heatmaps else ():
        subset = row.subset if row.subset == "all" else f"{row.subset} at the model's own threshold"
        for measure, e in (("pointing game", row.pointing), ("energy", row.energy), ("IoU", row.iou)):
            groups.setdefault(f"Heatmaps: {measure}, {subset}", {})[row.method] = e
    for s in report.shortcuts or ():
        if s.auroc is not None:
            groups.setdefault("AUROC of attributes from the features", {})[f"{s.attribute} {s.value}"] = s.auroc
    return [MetricGroup(title, metrics) for title, metrics in groups.items()]


def table_of(report: EvaluationReport) -> pd.DataFrame:
    """One row a number: group, name, value, low, high, method, n, n_patients, undefined, checkpoint, threshold, stamp."""
    rows = [{"group": g.title, "name": name, **e.model_dump()} for g in groups_of(report) for name, e in g.metrics.items()]
    return pd.DataFrame(rows).assign(checkpoint=report.checkpoint, threshold=report.threshold, stamp=stamp_of(report))


def operating_point(report: EvaluationReport) -> str:
    """The threshold, its rule and the four counts, in a sentence."""
    (tn, fp), (fn, tp) = report.confusion.counts
    return (
        f"Operating point: {report.label_space.positive} at a score of {report.threshold:.3f} or above ({report.threshold_rule}): "
        f"{tp} true positives, {fn} false negatives, {fp} false positives, {tn} true negatives."
    )


def sentences(report: EvaluationReport) -> list[str]:
    """The sample, the operating point with a thousand patients, and the wrong decisions in words."""
    r = report
    out = [
        f"Test: {r.test.images} images of {r.test.patients} patients. Temperature {r.temperature:.2f} from {r.validation.images} "
        f"validation images of {r.validation.patients} other patients. Split {r.split_sha256[:12]}.",
        operating_point(r),
    ]
    if None not in (r.metrics["sensitivity"].value, r.metrics["specificity"].value):
        n = expected_counts(r.metrics, 1000, SCREENING)
        out.append(
            f"Of 1,000 patients at a prevalence of {SCREENING:.0%}: {n['tp']} true positives, {n['fn']} false negatives, "
            f"{n['fp']} false positives, {n['tn']} correctly not recalled."
        )
    if r.waiver:
        out.append(f"Leakage between splits was waived: {r.waiver}")
    out += [*r.summary, *r.notes]
    return out + ([r.localisation.text] if r.localisation else [])


def argmax_sentences(report: EvaluationReport) -> list[str]:
    """The confusions of the most probable class; empty for two classes."""
    found = report.argmax
    return [] if found is None else [*found.summary, *(g.text for g in found.grouped)]


def positive_curve(report: EvaluationReport) -> RocCurve | None:
    """The ROC curve on which the operating point lies; None where all images are of one class."""
    return next((c for c in report.roc_curves if c.label == report.label_space.positive), None)


def name_of(key: str) -> str:
    """A metric's name for people; one that has none yet is shown by its key."""
    return METRIC_NAMES.get(key, key.replace("_", " "))


def value_text(e: Estimate) -> str:
    """The value, or why there is none."""
    return f"{e.value:.3f}" if e.value is not None else f"undefined: {e.undefined}"
