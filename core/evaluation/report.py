"""From predictions.csv and the card to an EvaluationReport: a pure function. No torch."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.errors import DataError
from core.evaluation.evaluation_report import REPORT_FILE, EvaluationReport, load_probes
from core.evaluation.metrics.agreement import decision_agreement, ranked_agreement
from core.evaluation.metrics.argmax import argmax
from core.evaluation.metrics.bootstrap import REPLICATES
from core.evaluation.metrics.decisions import Decisions
from core.evaluation.metrics.headline import area_interval, decided, majority_baseline, ranked, share_intervals
from core.evaluation.metrics.multilabel import multilabel
from core.evaluation.metrics.per_class import class_areas, confusion, confusions_in_words, per_class, roc_curves
from core.evaluation.metrics.prediction_sets import conformal, selective_prediction
from core.evaluation.metrics.reliability import before_and_after
from core.evaluation.metrics.robustness import changes_at, robustness, stability
from core.evaluation.metrics.subgroups import by_level, levels_at, subgroups, subgroups_at
from core.evaluation.parts.part import SampleSize
from core.evaluation.parts.probes import Probes
from core.evaluation.predictions import ClassPredictions, read_predictions
from core.evaluation.probes.perturbation_sweep import read_sweep, sweep_notes
from core.files import write_json
from core.labels import LabelSpace
from core.models.card import Card, read_card

NO_PROBES = Probes()


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
        return cls(
            checkpoint=card.name,
            title=card.title,
            synthetic=card.synthetic,
            label_space=card.label_space,
            split_sha256=card.data.split_sha256,
            waiver=card.data.waiver,
            temperature=card.temperature,
            threshold=card.threshold,
            threshold_rule=card.threshold_rule,
        )


def make_report(folder: Path, header: Header | None = None) -> EvaluationReport:
    """Compute the report of a checkpoint folder and write report.json.

    `header` may be given while there is no card yet (the card is written last).

    Raises
    ------
    DataError, CheckpointError
        If predictions.csv or the card is missing or not valid, or the split has no image.
    """
    report = read_report(folder, header)
    write_json(Path(folder) / REPORT_FILE, report.model_dump(mode="json"))
    return report


def read_report(folder: Path, header: Header | None = None) -> EvaluationReport:
    """The report of a checkpoint folder, computed from its files; nothing is written.

    Raises
    ------
    DataError, CheckpointError
        As `make_report`.
    """
    header = header or Header.from_card(read_card(folder))
    return report_of(read_predictions(folder, header.label_space), header, probes=load_probes(folder), sweep=read_sweep(folder))


def report_of(
    frame: pd.DataFrame,
    header: Header,
    *,
    split: str = "test",
    probes: Probes = NO_PROBES,
    sweep: pd.DataFrame | None = None,
    replicates: int = REPLICATES,
) -> EvaluationReport:
    """The report of a predictions table.

    Threshold and temperature come from the header as they are; nothing is tuned on `split`.

    Raises
    ------
    DataError
        If the split has no image.
    """
    chosen = frame[frame["split"] == split] if split != "all" else frame
    if chosen.empty:
        raise DataError(f"The predictions hold no image of the split {split!r}.", "Evaluate the checkpoint on that split.")
    rest = (header.label_space, header.temperature, header.threshold)
    test = ClassPredictions.of(chosen, *rest, replicates)
    validation = ClassPredictions.of(frame[frame["split"] == "validation"], *rest, 0)
    decisions = Decisions.at_threshold(test)
    return EvaluationReport(
        checkpoint=header.checkpoint,
        title=header.title,
        synthetic=header.synthetic,
        label_space=header.label_space,
        split_sha256=header.split_sha256,
        waiver=header.waiver,
        split=split,
        temperature=header.temperature,
        threshold=header.threshold,
        threshold_rule=header.threshold_rule,
        test=_size(test),
        validation=_size(validation),
        prevalence=test.bootstrap.mean(test.positive),
        majority_baseline=majority_baseline(decisions),
        metrics=ranked(test) | decided(test),
        per_class=per_class(decisions, class_areas(decisions)),
        confusion=confusion(decisions),
        roc_curves=roc_curves(test),
        analytic_intervals=area_interval(test) | share_intervals(test),
        agreement=decision_agreement(decisions) | ranked_agreement(test),
        by_level=by_level(test),
        subgroups=subgroups(test),
        calibration=before_and_after(test, header.temperature),
        conformal=conformal(validation, test),
        selective_prediction=selective_prediction(test),
        summary=confusions_in_words(decisions),
        argmax=argmax(test),
        robustness=robustness(test, sweep),
        stability=stability(test, sweep),
        multilabel=multilabel(validation, test),
        notes=sweep_notes(sweep),
        localisation=probes.localisation,
        heatmaps=probes.heatmaps,
        faithfulness=probes.faithfulness,
        shortcuts=probes.shortcuts,
        heatmap_scale=probes.heatmap_scale,
    )


def at_threshold(
    report: EvaluationReport, test: ClassPredictions, threshold: float, rule: str, *, sweep: pd.DataFrame | None = None
) -> EvaluationReport:
    """The same report at another operating point: every decision is counted anew, nothing else changes.

    Parameters
    ----------
    test : ClassPredictions
        What the report was made of; it keeps its draws of patients, so a threshold costs milliseconds.
    rule : str
        Where the threshold comes from, in words.
    sweep : DataFrame or None
        sweep.csv. Without it the report has neither robustness nor stability, which take most of the time.

    Raises
    ------
    DataError
        If the report was made of other images.
    """
    if _size(test) != report.test:
        raise DataError(
            f"report.json of {report.checkpoint} was made of other images than its predictions.csv.",
            f"Make both again: `second-reader evaluate {report.checkpoint} --data DIR --save`.",
        )
    test = test.at_threshold(threshold)
    decisions = Decisions.at_threshold(test)
    areas = tuple(c.auroc for c in report.per_class)
    return report.model_copy(
        update={
            "threshold": threshold,
            "threshold_rule": rule,
            "metrics": report.metrics | decided(test),
            "per_class": per_class(decisions, areas),
            "confusion": confusion(decisions),
            "analytic_intervals": {k: i for k, i in report.analytic_intervals.items() if k == "auroc"} | share_intervals(test),
            "agreement": report.agreement | decision_agreement(decisions),
            "by_level": levels_at(test, report.by_level),
            "subgroups": subgroups_at(test, report.subgroups),
            "selective_prediction": selective_prediction(test),
            "summary": confusions_in_words(decisions),
            "robustness": changes_at(test, sweep, report.robustness),
            "stability": stability(test, sweep),
        }
    )


def _size(predictions: ClassPredictions) -> SampleSize:
    return SampleSize(images=len(predictions), patients=predictions.bootstrap.n_patients)
