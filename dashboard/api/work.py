"""What the interface computes, off the event loop: at most two predictions at a time, the rest waits in a bounded queue."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core import exchange
from core.errors import ScanError, SecondReaderError
from core.inference.evidence import Evidence
from core.models.card import Card
from core.scans import Scan
from core.scans.siblings import Siblings
from core.service import audit_log
from core.service.scoring import Line, Scored, Scoring
from core.service.settings import Limits
from dashboard.api.problems import Problem
from dashboard.api.results import Job, Result, Results
from dashboard.cache import predictions
from dashboard.cache.keys import Chosen

if TYPE_CHECKING:
    from core.inference.predictor import Predictor

WORKERS = 2  # a long job leaves one for single files; the model locks itself
_executor = ThreadPoolExecutor(WORKERS, thread_name_prefix="api")


class Budget:
    """How many files, and how many bytes of them, are in memory at the same time."""

    def __init__(self) -> None:
        self._files = self._bytes = 0
        self._lock = threading.Lock()

    def take(self, files: int, size: int, limits: Limits) -> None:
        """Reserve room; Problem 503 where there is none."""
        with self._lock:
            full = self._files + files > limits.max_waiting or (self._bytes and self._bytes + size > 2 * limits.max_request_mb * 2**20)
            if full:
                raise Problem(503, "The server is busy.", "Try again later.", {"Retry-After": "10"})
            self._files += files
            self._bytes += size

    def give_back(self, files: int, size: int) -> None:
        """Return it."""
        with self._lock:
            self._files -= files
            self._bytes -= size


budget, results = Budget(), Results()


class Batch:
    """The files of one request, by name, scored one after another with what siblings share."""

    def __init__(self, files: Mapping[str, bytes], checkpoint: Path | None, any_domain: bool, owner: str, limits: Limits) -> None:
        def load(card: Card) -> "Predictor":
            return predictions.predictor(Chosen(card, any_domain))

        self.files, self.owner, self.limits = dict(files), owner, limits
        self._scoring = Scoring(checkpoint, any_domain=any_domain, load=load)
        self._siblings = Siblings(self.files, self.files.__getitem__)

    def score(self, name: str) -> Result:
        """Score one file and store the result.

        Raises
        ------
        ScanError
            If it cannot be read, or no checkpoint may score it.
        AuditError
            If that cannot be recorded.
        """
        data = self.files[name]
        scan = self._siblings.read(name, data)
        scored = self._scoring.score(scan)
        audit_log.record(
            "predict", self.owner, scans=[scan], detail=scored.card.name if scored.card and scored.prediction else "not assessed"
        )
        evidence = self._scoring.evidence(scan, scored)
        png = _png(scan, evidence) if evidence is not None else None
        result = Result(self.owner, Line(file=name) | scored.line, png, _report(data, scan, scored, evidence))
        results.add(result, self.limits)
        return result


def submit(batch: Batch) -> Future[Result]:
    """Score the only file of a batch."""
    return _executor.submit(batch.score, next(iter(batch.files)))


def start(batch: Batch, release: Callable[[], None]) -> Job:
    """Score the files of a batch as a job; `release` is called at its end."""
    job = Job(batch.owner, len(batch.files))
    results.add_job(job, batch.limits)
    _executor.submit(_run, job, batch, release)
    return job


def _run(job: Job, batch: Batch, release: Callable[[], None]) -> None:
    job.state = "running"
    try:
        for name in batch.files:
            try:
                result = batch.score(name)
                job.items.append((result.id, result.line))
            except ScanError as e:
                job.items.append((None, Line(file=name, error=str(e))))
        job.state = "done"
    except SecondReaderError as e:
        job.detail, job.state = str(e), "failed"
    except Exception:
        job.detail, job.state = "The server failed.", "failed"
        raise
    finally:
        release()


def _png(scan: Scan, evidence: Evidence) -> bytes:
    from core.inference.overlay import heatmap_png

    return heatmap_png(scan, evidence)


def _report(data: bytes, scan: Scan, scored: Scored, evidence: Evidence | None) -> bytes | None:
    """The structured report (TID 1500) of a DICOM image; None where the file is no DICOM, or the extra `dicom` is missing."""
    if scored.card is None or scored.prediction is None or scan.source_format != "DICOM" or not exchange.available():
        return None
    from core.exchange import ExchangeError
    from core.exchange.objects.ai_report import ai_report
    from core.exchange.objects.export import instance_of
    from core.exchange.objects.results import ExamResults, ViewResult
    from core.exchange.objects.source import source_header

    header = source_header(data)
    if header is None:
        return None
    view = ViewResult(scan, header, "succeeded", scored.prediction.score, scored.prediction.threshold, evidence)
    with suppress(ExchangeError):
        made = ai_report(ExamResults((view,), scored.card, scored.prediction.at or datetime.now().replace(microsecond=0), ()), scored.card)
        return instance_of(made, header).data
    return None
