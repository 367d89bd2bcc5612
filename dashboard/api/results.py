"""Predictions and jobs that can be fetched for a while: in memory only, and of bounded size."""

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from core.service.scoring import Line
from core.service.settings import Limits

MAX_JOBS = 1000
Key = TypeVar("Key")
Kept = TypeVar("Kept")
State = Literal["queued", "running", "done", "failed"]


@dataclass(frozen=True, eq=False)
class Result:
    """One prediction: the line of `predict --json`, the stamped heatmap (PNG), and the structured report (DICOM)."""

    owner: str
    line: Line
    heatmap: bytes | None = None
    report: bytes | None = None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    @property
    def size(self) -> int:
        """Bytes of memory, nearly."""
        return len(self.heatmap or b"") + len(self.report or b"") + 4096


@dataclass(eq=False)
class Job:
    """Several files of one request. `done` counts files; `results` are those that were read, `lines` those of all files."""

    owner: str
    total: int
    state: State = "queued"
    detail: str = ""
    items: list[tuple[str | None, Line]] = field(default_factory=list)
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))


@dataclass(frozen=True)
class Answer:
    """What a request with an idempotency key was answered; `body` is None while it is under way."""

    fingerprint: str
    status: int = 0
    location: str = ""
    body: str | None = None


class Results:
    """All of them, the oldest first; what is older than `keep_minutes`, or too much, is dropped."""

    def __init__(self) -> None:
        self._results: OrderedDict[str, tuple[float, Result]] = OrderedDict()
        self._jobs: OrderedDict[str, tuple[float, Job]] = OrderedDict()
        self._answers: OrderedDict[tuple[str, str], tuple[float, Answer]] = OrderedDict()
        self._lock = threading.RLock()

    def add(self, result: Result, limits: Limits) -> None:
        """Store a prediction."""
        with self._lock:
            self._results[result.id] = (time.monotonic(), result)
            self.expire(limits)

    def add_job(self, job: Job, limits: Limits) -> None:
        """Store a job."""
        with self._lock:
            self._jobs[job.id] = (time.monotonic(), job)
            self.expire(limits)

    def get(self, result_id: str) -> Result | None:
        """A prediction; None where there is none any more."""
        return self._results.get(result_id, (0.0, None))[1]

    def job(self, job_id: str) -> Job | None:
        """A job; None where there is none any more."""
        return self._jobs.get(job_id, (0.0, None))[1]

    def drop(self, result_id: str) -> None:
        """Forget a prediction."""
        with self._lock:
            self._results.pop(result_id, None)

    def begin(self, owner: str, key: str, fingerprint: str) -> Answer | None:
        """The answer to an earlier request with the same idempotency key; None where this one is the first, which then is under way."""
        with self._lock:
            known = self._answers.get((owner, key), (0.0, None))[1]
            if known is None:
                self._answers[owner, key] = (time.monotonic(), Answer(fingerprint))
            return known

    def finish(self, owner: str, key: str, answer: Answer | None) -> None:
        """Store the answer; without one the key is free again, because the request failed."""
        with self._lock:
            if answer is None:
                self._answers.pop((owner, key), None)
            else:
                self._answers[owner, key] = (time.monotonic(), answer)

    def expire(self, limits: Limits) -> None:
        """Drop what is too old or too much."""
        oldest = time.monotonic() - limits.keep_minutes * 60
        with self._lock:
            _drop_old(self._results, oldest)
            _drop_old(self._jobs, oldest, MAX_JOBS)
            _drop_old(self._answers, oldest, MAX_JOBS)
            total = sum(r.size for _, r in self._results.values())
            while total > limits.max_results_mb * 2**20:
                total -= self._results.popitem(last=False)[1][1].size


def _drop_old(kept: OrderedDict[Key, tuple[float, Kept]], oldest: float, most: int | None = None) -> None:
    for key in [k for k, (at, _) in kept.items() if at < oldest]:
        del kept[key]
    while most is not None and len(kept) > most:
        kept.popitem(last=False)


def fingerprint(parts: list[bytes]) -> str:
    """One sha256 of several parts, in their order."""
    return hashlib.sha256(b"".join(hashlib.sha256(p).digest() for p in parts)).hexdigest()
