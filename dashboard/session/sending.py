"""Results on their way out: what is exported of an open exam, and how far it has got."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from core import exchange
from core.folders import outbox_folder
from dashboard.cache import checkpoints
from dashboard.session import ai_result, audit, records, worklist
from dashboard.session.worklist import Case, OpenExam

if TYPE_CHECKING:  # with them come pydicom and the libraries of the extra
    from core.exchange.objects.instance import Instance
    from core.exchange.objects.results import ExamResults, ViewResult
    from core.exchange.outbox import Delivery
    from dashboard.session.ai_result import ExamResult


def deliveries() -> dict[str, Delivery]:
    """The newest delivery about each image, by its sha256."""
    if not outbox_folder().is_dir() or not exchange.available():
        return {}
    from core.exchange import courier, outbox

    found = outbox.deliveries()
    if any(d.state == "waiting" for d in found):  # queued by the command line, perhaps
        courier.wake()
    return {scan: d for d in reversed(found) for scan in d.scans}


def of_exam(views: Sequence[Case]) -> Delivery | None:
    """The newest delivery about an exam."""
    if not outbox_folder().is_dir() or not exchange.available():
        return None
    from core.exchange import outbox

    return outbox.of_scans([c.key for c in views])


def results(exam: OpenExam) -> ExamResults:
    """What is exported of an exam.

    Raises
    ------
    HiddenResultError
        While the reader has not recorded the read.
    ExchangeError
        If no view was read from a DICOM file, or the views belong to several studies.
    """
    from core.exchange.objects.results import ExamResults

    found = ai_result.of_exam(exam.views)
    views = tuple(v for v in (_view(c, found) for c in exam.views) if v is not None)
    card = found.chosen.card if found else None
    times = [p.at for c in exam.views if found and (p := found.prediction(c.key)) and p.at]
    return ExamResults(views, card, max(times, default=datetime.now().replace(microsecond=0)), records.assessments(exam.views[0]))


def _view(case: Case, found: ExamResult | None) -> ViewResult | None:
    from core.exchange.objects.results import ViewResult

    if case.source is None:
        return None
    if not case.quality.ok:
        return ViewResult(case.scan, case.source, "cannot assess", reason=" ".join(case.quality.reasons))
    if found is None or case.key not in found.explained:
        return ViewResult(case.scan, case.source, "failed", reason=str(found.error or "") if found else "")
    prediction, maps = found.explained[case.key]
    card = found.chosen.card
    evidence = checkpoints.evidence(card, prediction, maps)[card.label_space.positive]
    return ViewResult(case.scan, case.source, "succeeded", prediction.score, prediction.threshold, evidence)


def hidden(exam: OpenExam) -> bool:
    """Whether the AI result waits for the reader's read."""
    return any(worklist.hidden(c) for c in exam.views)


def send(made: Sequence[Instance], exam: OpenExam, to: str) -> Delivery:
    """Queue objects for an archive or node, and send them in the background; ExchangeError where the disk refuses."""
    from core.exchange import courier, outbox

    audit.record("export", [c.scan for c in exam.views], f"DICOM objects to {to}")
    queued = outbox.enqueue(made, [c.key for c in exam.views], to, datetime.now().replace(microsecond=0))
    courier.wake()
    return queued
