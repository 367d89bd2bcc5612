"""One worker a process computes while the reader looks; what it computes stays in the server's caches. No torch."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

MAX_FINISHED = 1024  # keys that are remembered as computed
Key = tuple[str, ...]  # of a job; what it is about comes first
Work = Callable[[], Any]


class Worker:
    """A daemon thread that works off what is requested: the latest request first, each in its own order."""

    def __init__(self) -> None:
        self._waiting: dict[Key, Work] = {}
        self._running: Key | None = None
        self._finished: OrderedDict[Key, None] = OrderedDict()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def request(self, jobs: Mapping[Key, Work]) -> None:
        """Compute these before what waits already; what is computed, or being computed, is not computed again."""
        with self._changed:
            new = {k: work for k, work in jobs.items() if k not in self._finished and k != self._running}
            self._waiting = new | {k: work for k, work in self._waiting.items() if k not in new}
            if new and self._thread is None:
                self._thread = threading.Thread(target=self._work, name="background", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def finished(self, key: Key) -> bool:
        """Whether a job has run, if only to fail: whoever needs its result then asks the cache, and meets the same error."""
        with self._changed:
            return key in self._finished

    def finish(self, key: Key, work: Work) -> None:
        """Do a job here and now."""
        with suppress(Exception):  # the page meets the same error where it asks for the result, and shows it
            work()
        with self._changed:
            self._finished[key] = None
            while len(self._finished) > MAX_FINISHED:
                self._finished.popitem(last=False)
            if self._running == key:
                self._running = None
            self._changed.notify_all()

    def cancel(self, about: str) -> None:
        """Drop the jobs about something that wait, and forget those that ran."""
        with self._changed:
            for jobs in (self._waiting, self._finished):
                for key in [k for k in jobs if k[0] == about]:
                    del jobs[key]

    def wait(self, timeout: float) -> bool:
        """Wait until nothing waits or runs; False where that takes longer than `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and self._running is None, timeout)

    def forget(self) -> None:
        """Drop all jobs that wait, and forget those that ran."""
        with self._changed:
            self._waiting.clear()
            self._finished.clear()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting))
                self._running = next(iter(self._waiting))
                work = self._waiting.pop(self._running)
            self.finish(self._running, work)
            del work  # it holds a scan


worker = Worker()
