"""Reporting checklist: what TRIPOD+AI and CLAIM ask for, and whether card and report answer it.

Items follow TRIPOD+AI (Collins et al. 2024, BMJ 385:e078378) and CLAIM 2024 (Tejani et al. 2024, Radiol Artif Intell 6(4):e240300),
in our own words, TRIPOD+AI by the number of its main item; what only a paper can answer does not apply. No torch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from core.evaluation.evaluation_report import EvaluationReport
from core.models.card import Card

Answer = Literal["present", "absent", "not applicable"]


@dataclass(frozen=True)
class Item:
    """One item: the guideline and its number, the topic, the answer, and where it is found or why it does not apply."""

    guideline: str
    topic: str
    answer: Answer
    where: str


def _has(found: object, where: str) -> tuple[Answer, str]:
    return ("present", where) if found else ("absent", f"not in {where}")


def _paper(what: str) -> Callable[[Card, EvaluationReport], tuple[Answer, str]]:
    return lambda c, r: ("not applicable", what)


_ITEMS: tuple[tuple[str, str, Callable[[Card, EvaluationReport], tuple[Answer, str]]], ...] = (
    ("TRIPOD+AI 1", "Title names the model and its task", lambda c, r: _has(c.title, "card: title")),
    ("TRIPOD+AI 2", "Abstract", _paper("belongs to a paper")),
    ("TRIPOD+AI 3", "Background, intended use and users", lambda c, r: _has(c.intended_use, "card: intended_use")),
    ("TRIPOD+AI 4", "Objectives: development or validation", lambda c, r: _has(c.summary, "card: summary")),
    ("TRIPOD+AI 5", "Sources of the data and their dates", lambda c, r: ("absent", "card: data.sources names them without dates")),
    ("TRIPOD+AI 6", "Setting and eligibility of participants", lambda c, r: ("absent", "the sources describe little of it")),
    ("TRIPOD+AI 7", "How data were prepared", lambda c, r: _has(c.input, "card: input, all preprocessing")),
    (
        "TRIPOD+AI 8",
        "Outcome: what is predicted and how truth was found",
        lambda c, r: _has(c.label_space, "card: label_space"),
    ),
    ("TRIPOD+AI 9", "Predictors", lambda c, r: _has(c.input, "card: input; images alone")),
    ("TRIPOD+AI 10", "Sample size, with its reason", lambda c, r: ("absent", "counts are there, a calculation is not")),
    ("TRIPOD+AI 11", "Missing data", lambda c, r: ("not applicable", "an image is whole, or refused with the reason")),
    ("TRIPOD+AI 12", "How data were split", lambda c, r: _has(c.data.split_sha256, "card: data.split_sha256; by patient")),
    ("TRIPOD+AI 12", "Kind of model, training, choice of hyperparameters", lambda c, r: _has(c.recipe, "card: recipe")),
    ("TRIPOD+AI 12", "Initial weights", lambda c, r: _has(c.initial_weights, "card: initial_weights")),
    ("TRIPOD+AI 12", "Measures of performance with intervals", lambda c, r: _has(r.metrics["auroc"].value is not None, "report: metrics")),
    ("TRIPOD+AI 12", "Calibration", lambda c, r: _has(r.calibration, "card: temperature; report: calibration")),
    ("TRIPOD+AI 12", "Clinical usefulness", lambda c, r: ("present", "dashboard: net benefit at the operating point")),
    (
        "TRIPOD+AI 13",
        "Class imbalance and its treatment",
        lambda c, r: _has("class_weights" in c.recipe, "card: recipe"),
    ),
    ("TRIPOD+AI 14", "Fairness: figures by group", lambda c, r: _has(r.subgroups, "report: subgroups")),
    ("TRIPOD+AI 15", "Output and threshold", lambda c, r: _has(c.threshold_rule, "card: threshold, threshold_rule")),
    (
        "TRIPOD+AI 16",
        "Difference between development and evaluation data",
        lambda c, r: ("absent", "one data set, split by patient"),
    ),
    ("TRIPOD+AI 17", "Ethics", _paper("public data sets; see card: data.terms")),
    ("TRIPOD+AI 18", "Funding and conflicts", _paper("belongs to a paper")),
    ("TRIPOD+AI 18", "Protocol and registration", lambda c, r: ("absent", "none was registered")),
    ("TRIPOD+AI 18", "Availability of data", lambda c, r: _has(c.data.terms, "card: data.terms")),
    ("TRIPOD+AI 18", "Availability of code and model", lambda c, r: _has(c.weights.sha256, "this repository; card: weights.sha256")),
    ("TRIPOD+AI 19", "Involvement of patients and public", lambda c, r: ("absent", "none")),
    (
        "TRIPOD+AI 20",
        "Flow and characteristics of participants",
        lambda c, r: _has(c.data.patients, "card: data.patients; no ages"),
    ),
    ("TRIPOD+AI 21", "Numbers of participants and outcomes in each part", lambda c, r: _has(c.data.classes, "card: data.classes")),
    ("TRIPOD+AI 22", "The model itself", lambda c, r: _has(c.weights.file, "weights next to the card")),
    (
        "TRIPOD+AI 23",
        "Performance with intervals, by subgroup",
        lambda c, r: _has(r.metrics, "report: metrics, subgroups"),
    ),
    ("TRIPOD+AI 24", "Updating of an earlier model", _paper("the model is no update of a published one")),
    ("TRIPOD+AI 25", "Interpretation", _paper("belongs to a paper")),
    ("TRIPOD+AI 26", "Limitations", lambda c, r: _has(c.limits, "card: limits")),
    (
        "TRIPOD+AI 27",
        "Use with poor input; what users need to know",
        lambda c, r: ("present", "“cannot assess”; page About"),
    ),
    ("CLAIM 2024", "Data sources", lambda c, r: _has(c.data.sources, "card: data.sources")),
    ("CLAIM 2024", "De-identification", lambda c, r: ("present", "only salted keys survive reading; predictions carry opaque keys")),
    ("CLAIM 2024", "Reference standard and who set it", lambda c, r: ("absent", "only as far as the data set's own description goes")),
    ("CLAIM 2024", "Level at which parts are disjoint", lambda c, r: _has(c.data.split_sha256, "by patient; the audit looks for copies")),
    ("CLAIM 2024", "Architecture", lambda c, r: _has(c.architecture, "card: architecture")),
    ("CLAIM 2024", "Software and versions", lambda c, r: _has(c.versions, "card: versions")),
    ("CLAIM 2024", "Augmentation, learning rate, seeds", lambda c, r: _has(c.recipe, "card: recipe")),
    (
        "CLAIM 2024",
        "Uncertainty of the figures",
        lambda c, r: _has(r.analytic_intervals, "report: metrics, analytic_intervals"),
    ),
    ("CLAIM 2024", "Robustness", lambda c, r: _has(r.robustness, "report: robustness")),
    (
        "CLAIM 2024",
        "Explainability and its test",
        lambda c, r: _has(r.heatmaps or r.localisation, "report: localisation, heatmaps, faithfulness"),
    ),
    ("CLAIM 2024", "Confounders and shortcuts", lambda c, r: _has(r.shortcuts, "report: shortcuts")),
    ("CLAIM 2024", "Test on internal data", lambda c, r: _has(r.test.images, "report: test")),
    ("CLAIM 2024", "Test on external data", lambda c, r: ("absent", "no external test")),
    ("CLAIM 2024", "Failures looked at", lambda c, r: _has(r.summary, "report: summary; images behind the confusion matrix")),
)


def checklist(card: Card, report: EvaluationReport) -> list[Item]:
    """Every item with its answer, from what card and report hold now."""
    return [Item(guideline, topic, *answer(card, report)) for guideline, topic, answer in _ITEMS]
