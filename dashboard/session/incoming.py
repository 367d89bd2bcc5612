"""What is on its way to one browser: studies from an archive, and images from the inbox. Threads fetch and read them; no Streamlit here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Literal

from core.errors import ScanError, SecondReaderError, of_os_error

if TYPE_CHECKING:  # with the retrieval come pydicom and requests, and the first page is up without them
    from core.exchange.retrieval import Retrieval
    from dashboard.session.worklist import Case

Read = Callable[[str, bytes], "Case"]  # name and bytes of a file; ScanError where it cannot be read
Status = Literal["running", "stopped", "failed", "done"]


class _Stopped(Exception):
    """The user stopped a retrieval."""


@dataclass(frozen=True)
class Arrived:
    """Files that were read, each a case or the reason why it is none, and a sentence on what was not fetched."""

    origin: str
    files: tuple[tuple[str, Case | ScanError], ...]
    note: str = ""


@dataclass(eq=False)
class Job:
    """One retrieval. It runs in a thread, can be stopped, and goes on where it ended.

    Attributes
    ----------
    retrieval : Retrieval
    status : str
    here, count, size : int
        Images of the coming study that are here, all of its images, and bytes.
    sentence : str
        Why it failed.
    exam : str or None
        Key of the exam that was requested, once it is here.
    """

    retrieval: Retrieval
    status: Status = "running"
    here: int = 0
    count: int = 0
    size: int = 0
    sentence: str = ""
    exam: str | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """End it with the next piece that comes; what is here stays."""
        self._stopping.set()

    def run(self, arrive: Callable[[Arrived], None], read: Read) -> None:
        """Fetch and read study after study."""
        try:
            for whole in self.retrieval.studies(self._progress):
                names = [f"{self.retrieval.archive.name}, {'prior, ' * whole.prior}image {n}" for n, _ in enumerate(whole.files, 1)]
                files = tuple((name, _read(read, name, partial(bytes, data))) for name, data in zip(names, whole.files, strict=True))
                self.exam = self.exam or next((c.exam for _, c in files if not isinstance(c, ScanError)), None)
                arrive(Arrived(self.retrieval.archive.name, files, whole.note))
            self.status = "done"
        except _Stopped:
            self.status = "stopped"
        except SecondReaderError as e:
            self.status, self.sentence = "failed", str(e)
        except BaseException as e:  # a bug; without this the page would wait for ever
            self.status, self.sentence = "failed", f"Internal error ({type(e).__name__})."
            raise

    def _progress(self, here: int, count: int, size: int) -> None:
        self.here, self.count, self.size = here, count, size
        if self._stopping.is_set():
            raise _Stopped


@dataclass(eq=False)
class Incoming:
    """The jobs of one browser, and which files of the inbox it has.

    Attributes
    ----------
    jobs : list of Job
        Those that run, and those that failed or were stopped and can go on.
    waiting : int
        Studies in the inbox for which there is no room.
    """

    jobs: list[Job] = field(default_factory=list)
    waiting: int = 0
    _taken: set[tuple[str, int]] = field(default_factory=set)  # path and time of files of the inbox
    _ready: SimpleQueue[Arrived] = field(default_factory=SimpleQueue)
    _reader: threading.Thread | None = None

    @property
    def bytes_here(self) -> int:
        """Memory of studies that are not whole yet."""
        return sum(job.retrieval.bytes_here for job in list(self.jobs))

    @property
    def busy(self) -> bool:
        """Whether something comes now."""
        return any(job.status == "running" for job in self.jobs) or (self._reader is not None and self._reader.is_alive())

    def fetch(self, retrieval: Retrieval, read: Read) -> Job:
        """Begin a retrieval."""
        job = Job(retrieval)
        self.jobs.append(job)
        self._start(job, read)
        return job

    def resume(self, job: Job, read: Read) -> None:
        """Let a job go on that failed or was stopped."""
        job._stopping.clear()
        job.status, job.sentence = "running", ""
        self._start(job, read)

    def discard(self, job: Job) -> None:
        """Stop a job and drop what came of its unfinished study."""
        job.stop()
        if job in self.jobs:
            self.jobs.remove(job)

    def stop(self) -> None:
        """Discard all jobs."""
        for job in list(self.jobs):
            self.discard(job)

    def _start(self, job: Job, read: Read) -> None:
        threading.Thread(target=job.run, args=(self._ready.put, read), name="retrieval", daemon=True).start()

    def take_received(self, studies: Sequence[tuple[Path, ...]], origin: str, room: int, read: Read) -> None:
        """Read the files of complete studies in the inbox that this browser does not have, as far as there is room; the rest waits."""
        if self.busy or not self._ready.empty():
            return
        chosen: list[Path] = []
        self.waiting = 0
        for files in studies:
            new = [f for f in files if _stamp(f) not in self._taken]
            if new and len(chosen) + len(new) > room:
                self.waiting += 1
            else:
                chosen += new
        if chosen:
            self._taken |= {_stamp(f) for f in chosen}
            self._reader = threading.Thread(target=self._read_files, args=(chosen, origin, read), name="inbox", daemon=True)
            self._reader.start()

    def _read_files(self, paths: Sequence[Path], origin: str, read: Read) -> None:
        names = [f"{origin}, image {n}" for n, _ in enumerate(paths, 1)]
        files = tuple((name, _read(read, name, path.read_bytes)) for name, path in zip(names, paths, strict=True))
        self._ready.put(Arrived(origin, files))

    def collect(self) -> list[Arrived]:
        """What has been read since the last call; jobs that are done are forgotten."""
        self.jobs = [job for job in self.jobs if job.status != "done"]
        found = []
        try:
            while True:
                found.append(self._ready.get_nowait())
        except Empty:
            return found


def _read(read: Read, name: str, data: Callable[[], bytes]) -> Case | ScanError:
    try:
        return read(name, data())
    except ScanError as e:
        return e
    except OSError as e:
        error = of_os_error(e)
        return ScanError("The file in the inbox cannot be read.", error.remedy)


def _stamp(file: Path) -> tuple[str, int]:
    try:
        return file.name, file.stat().st_mtime_ns
    except OSError:
        return file.name, 0
