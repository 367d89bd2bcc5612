"""Trainings in the runs folder: which run, which stopped and where, and starting and stopping one as a process of its own. No torch."""

import fcntl
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import RecipeError, SecondReaderError
from core.files import read_json, write_json, write_text
from core.folders import runs_folder
from core.training.recipe import Recipe

ATTEMPT, LOCK, LOG, RECIPE = "run.json", "run.lock", "train.log", "recipe.toml"
LOG_BYTES = 20_000  # of the log's end that are read
State = Literal["running", "stopped", "failed", "complete"]
_started: dict[Path, subprocess.Popen[bytes]] = {}  # by folder: children of this process


class Attempt(BaseModel):
    """run.json: the latest start of a training that is not complete."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: str
    epochs: int
    pid: int
    started: datetime
    waiver: str | None = None
    problem: str | None = None  # the sentence with which it failed


@dataclass(frozen=True)
class Run:
    """A training in the runs folder.

    Attributes
    ----------
    epochs : int
        Finished ones; a later start goes on after them.
    attempt : Attempt or None
        None once the checkpoint is complete.
    """

    folder: Path
    state: State
    epochs: int
    attempt: Attempt | None

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name


@contextmanager
def occupied(folder: Path, data: Path, epochs: int, waiver: str | None = None) -> Iterator[None]:
    """Hold a run's folder while it trains; run.json says so, and why it failed. A finished checkpoint is left as it is.

    Raises
    ------
    RecipeError
        If another process is training in this folder.
    """
    if (folder / "card.json").exists() or os.environ.get("RANK", "0") != "0":  # under torchrun the first process holds it
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    attempt = Attempt(data=str(data), epochs=epochs, pid=os.getpid(), started=datetime.now(UTC), waiver=waiver)
    with open(folder / LOCK, "a") as lock:
        _lock(lock.fileno(), folder)
        write_json(folder / ATTEMPT, attempt.model_dump(mode="json"))
        try:
            yield
        except Exception as e:
            problem = str(e) if isinstance(e, SecondReaderError) else f"{type(e).__name__}: {e}"
            write_json(folder / ATTEMPT, attempt.model_copy(update={"problem": problem}).model_dump(mode="json"))
            raise
        for name in (ATTEMPT, LOCK):
            (folder / name).unlink(missing_ok=True)


def _lock(handle: int, folder: Path) -> None:
    for _ in range(20):  # `is_running` holds the lock for a moment
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            time.sleep(0.05)
    raise RecipeError(f"A training is running in {folder}.", "Wait for its end, stop it, or choose another name with --name.")


def is_running(folder: Path) -> bool:
    """Whether a process trains in this folder."""
    if (child := _started.get(folder)) is not None and child.poll() is None:
        return True
    try:
        with open(folder / LOCK) as lock:
            fcntl.flock(lock.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True


def find_run(folder: Path) -> Run | None:
    """The training in a folder; None where there is none."""
    attempt = _attempt(folder)
    complete = (folder / "card.json").is_file()
    if attempt is None and not complete:
        return None
    state: State = "running" if is_running(folder) else "complete" if complete else "stopped"
    if state == "stopped" and attempt is not None and (problem := attempt.problem or _refusal(folder)):
        state, attempt = "failed", attempt.model_copy(update={"problem": problem})
    return Run(folder, state, finished_epochs(folder), attempt)


def list_runs() -> list[Run]:
    """Trainings of the runs folder: those that run first, then the latest."""
    folders = [p for p in runs_folder().iterdir() if p.is_dir()] if runs_folder().is_dir() else []
    folders.sort(key=lambda p: p.stat().st_mtime_ns, reverse=True)
    return sorted((run for p in folders if (run := find_run(p))), key=lambda run: run.state != "running")


def _attempt(folder: Path) -> Attempt | None:
    try:
        return Attempt.model_validate(read_json(folder / ATTEMPT))
    except (OSError, ValueError, ValidationError):
        return None


def _refusal(folder: Path) -> str | None:
    """The sentence of a command that ended before it held the folder."""
    last = log_tail(folder, 1)
    return last[0].partition(": ")[2] if last and re.match(r"second-reader[a-z ]*: (?!interrupted)", last[0]) else None


def finished_epochs(folder: Path) -> int:
    """Epochs in history.csv."""
    history = read_history(folder)
    return 0 if history is None else int(history["epoch"].max())


def read_history(folder: Path) -> pd.DataFrame | None:
    """history.csv of a run; None while its first epoch lasts."""
    try:
        table = pd.read_csv(folder / "history.csv")
    except (OSError, ValueError):
        return None  # not there yet, or caught in the middle of a line
    return table if len(table) else None


def seconds_left(run: Run) -> float | None:
    """Until the last epoch ends, by the mean of those so far; None before the first. An early stop ends it sooner."""
    history = read_history(run.folder)
    if history is None or run.attempt is None:
        return None
    return float(history[history["split"] == "validation"]["seconds"].mean()) * max(0, run.attempt.epochs - run.epochs)


def log_tail(folder: Path, lines: int) -> list[str]:
    """The last lines of a run's log; of a progress bar its latest state."""
    try:
        with open(folder / LOG, "rb") as f:
            f.seek(max(0, f.seek(0, os.SEEK_END) - LOG_BYTES))
            text = f.read().decode("utf-8", "replace")
    except OSError:
        return []
    shown = (line.rstrip("\r").rpartition("\r")[2].rstrip() for line in text.split("\n"))
    return [line for line in shown if line][-lines:]


def arguments(recipe: Path | str, data: Path | str, name: str, waiver: str | None = None) -> list[str]:
    """Of `second-reader` for a training in the runs folder."""
    return ["train", str(recipe), "--data", str(data), "--name", name, *(["--waive", waiver] if waiver else [])]


def command(recipe: Path | str, data: Path | str, name: str, waiver: str | None = None) -> str:
    """The same as a line for the shell."""
    return shlex.join(["second-reader", *arguments(recipe, data, name, waiver)])


def start(recipe: Recipe, data: Path, *, waiver: str | None = None) -> Path:
    """Train in a process of its own, which goes on when this one ends; its output goes to train.log.

    Returns the run's folder, in the runs folder and named as the recipe.

    Raises
    ------
    RecipeError
        If a training runs in this folder, or it holds a finished checkpoint or epochs of a stopped one.
    """
    folder = runs_folder() / recipe.name
    if (found := find_run(folder)) is not None and (found.state in ("running", "complete") or found.epochs):
        raise RecipeError(f"There is a run {recipe.name} already: {found.state}.", "Choose another name.")
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / RECIPE, recipe.to_toml())
    return _launch(folder, data, recipe.epochs, waiver)


def _launch(folder: Path, data: Path, epochs: int, waiver: str | None) -> Path:
    line = [sys.executable, "-u", "-m", "core", *arguments(folder / RECIPE, data, folder.name, waiver)]  # -u: the log is read as it grows
    with open(folder / LOG, "wb") as log:
        child = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    _started[folder] = child
    attempt = Attempt(data=str(data), epochs=epochs, pid=child.pid, started=datetime.now(UTC), waiver=waiver)
    write_json(folder / ATTEMPT, attempt.model_dump(mode="json"))
    return folder


def resume(run: Run, waiver: str | None = None) -> Path:
    """Start a stopped or failed run again; it goes on after its last finished epoch.

    Raises
    ------
    RecipeError
        If it is running or complete.
    """
    if run.attempt is None or is_running(run.folder):
        raise RecipeError(
            f"The run {run.name} is {'complete' if run.attempt is None else 'running'}.", "Choose another name for a new one."
        )
    return _launch(run.folder, Path(run.attempt.data), run.attempt.epochs, waiver or run.attempt.waiver)


def stop(run: Run, patience: float = 10) -> None:
    """End a running training, with its workers, and wait up to `patience` seconds; the last finished epoch stays."""
    if run.attempt is None or not is_running(run.folder):
        return
    pid = run.attempt.pid
    try:  # in its own group where `start` began it; a training from a shell shares the shell's
        os.killpg(pid, signal.SIGTERM) if os.getpgid(pid) == pid else os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    until = time.monotonic() + patience
    while is_running(run.folder) and time.monotonic() < until:
        time.sleep(0.1)
