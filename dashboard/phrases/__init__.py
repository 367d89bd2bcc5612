"""Wording that several pages share. Never a diagnosis: score, finding, research use only."""

import re
from typing import TYPE_CHECKING

from core.evaluation.metric_names import METRIC_NAMES
from core.inference.score_text import against_threshold as against_threshold
from core.inference.score_text import decimal as decimal
from core.models.card import Estimate

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport
    from core.models.card import Card

FOOTER = "Research use only. Not a medical device. Display not calibrated."
SYNTHETIC = "SYNTHETIC"
NO_EVIDENCE = "No positive evidence: the map is zero everywhere."
CANNOT_ASSESS = "Cannot assess"
UNDEFINED = "undefined"
FILTERS = {"none": "Original", "gaussian": "Gaussian 3×3", "mean": "Mean 3×3", "laplacian": "Laplacian 3×3", "clahe": "CLAHE"}
EMPTY_READ = "No exam is open. Drop a DICOM, PNG, JPEG, TIFF or PGM file here, or open a sample exam: four synthetic views."
EMPTY_REPORTS = "No model found. Train one, then copy its folder into checkpoints/."
PROXY = "PROXY: this model uses the radiologist's own assessment, which is nearly the answer."

METRICS = METRIC_NAMES


def estimate(e: "Estimate | dict", digits: int = 2) -> str:
    """A measured number with its interval, or why there is none."""
    return Estimate.model_validate(e).text(digits)


def plain(e: "Estimate") -> str:
    """A measured number alone, where its interval stands elsewhere; a dash where there is none."""
    return "–" if e.value is None else f"{e.value:.2f}"


def interval(e: "Estimate | dict", digits: int = 2) -> str:
    """The 95 % interval, or a dash."""
    return Estimate.model_validate(e).interval(digits)


def score(value: float, threshold: float) -> str:
    """Where a score lies, e.g. "Score 0.31, below threshold (0.42)"."""
    return f"Score {against_threshold(value, threshold)}"


def tested(card: "Card") -> str:
    """What a checkpoint was tested on, in one sentence."""
    e = card.metrics.get("auroc")
    n = f"{card.data.images.get('test', 0)} images of {card.data.patients.get('test', 0)} patients"
    kind = "phantoms" if card.synthetic else "unseen patients"
    return f"Test: AUROC {e.text()} on {n} ({kind})." if e else f"Test: {n}."


def exam_tested(report: "EvaluationReport | None") -> str:
    """What the exam's rule did on the test patients, with a blank before it; empty where it was not measured."""
    found = next((x for x in (report.by_level if report else ()) if (x.level, x.aggregation) == ("patient", "max")), None)
    if found is None:
        return ""
    figures = [e.text() for e in (found.auroc, found.sensitivity, found.specificity)]
    return (
        f" On {found.n} test patients: AUROC {figures[0]}; at the threshold, chosen for single views, "
        f"sensitivity {figures[1]}, specificity {figures[2]}."
    )


def trust(report: "EvaluationReport | None") -> str:
    """How far the heatmaps of a checkpoint were right in tests, in one or two sentences."""
    if report is None or report.localisation is None:
        return "Heatmap accuracy: not measured."
    rows = report.heatmaps.rows if report.heatmaps else ()
    missed = next((r for r in rows if (r.subset, r.method) == ("missed", "Grad-CAM")), None)
    share = f" Of {missed.n} such images that were missed, in {missed.pointing.value:.0%}." if missed else ""
    return report.localisation.text + share


def escaped(text: str) -> str:
    """Markdown that shows a text as it is: a file name or a card's words may hold links, colours, icons, or marks that turn the line."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return re.sub(r"[!-'*-,:-@\[-`{-~]", r"\\\g<0>", printable)
