"""The state of a training under way: enough to go on after a crash as if nothing had happened."""

import io
import math
import pickle
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn

from core.errors import RecipeError
from core.files import write_bytes
from core.training import history
from core.training.optimisation import Schedule

STATE = "resume.pt"


@dataclass
class Progress:
    """How far a training has come, and the best weights so far."""

    epochs: int = 0
    steps: int = 0
    epochs_without_improvement: int = 0  # on whole grids
    best: float = -math.inf  # validation AUROC
    state: dict[str, torch.Tensor] = field(default_factory=dict)

    def after_epoch(self, model: nn.Module, auroc: float, eligible: bool = True) -> None:
        """Count the epoch, and keep the weights if they are the best. An epoch that is not `eligible` can be neither better nor worse."""
        self.epochs += 1
        if not eligible:
            return
        self.epochs_without_improvement += 1
        if auroc > self.best:
            self.best, self.epochs_without_improvement = auroc, 0
            self.state = {k: v.detach().cpu().clone() for k, v in model.state_dict().items()}


@dataclass(frozen=True)
class State:
    """What a save writes and a restore puts back, and the file that holds it."""

    folder: Path
    run_id: str  # hash of recipe and split: the state of another training is refused
    model: nn.Module
    averaged: nn.Module | None
    optimizer: torch.optim.Optimizer
    schedule: Schedule

    @property
    def path(self) -> Path:
        """The file, gone once the checkpoint is complete."""
        return self.folder / STATE


def save(s: State, progress: Progress) -> None:
    """Write the state atomically. The order of images and their changes depend on seed and epoch alone and need none."""
    state = {
        "run_id": s.run_id,
        "progress": vars(progress),
        "model": s.model.state_dict(),
        "averaged": s.averaged.state_dict() if s.averaged is not None else None,
        "optimizer": s.optimizer.state_dict(),
        "plateau": {k: v for k, v in s.schedule.plateau.state_dict().items() if isinstance(v, int | float | list)},
        "rng": torch.get_rng_state(),
        "cuda_rng": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_bytes(s.path, buffer.getvalue())


def restore(s: State, device: torch.device) -> Progress:
    """Put the saved state back in place; a new Progress where nothing was saved.

    Raises
    ------
    RecipeError
        If the state is torn, or belongs to another recipe or split.
    """
    if not s.path.is_file():
        history.keep_epochs(s.folder, 0)
        return Progress()
    try:
        state = torch.load(s.path, map_location=device, weights_only=True)
        if state["run_id"] != s.run_id:
            raise ValueError
        s.model.load_state_dict(state["model"])
        if s.averaged is not None:
            s.averaged.load_state_dict(state["averaged"])
        s.optimizer.load_state_dict(state["optimizer"])
        s.schedule.plateau.load_state_dict(state["plateau"])
        torch.set_rng_state(state["rng"].cpu())
        if state["cuda_rng"] and torch.cuda.is_available():
            torch.cuda.set_rng_state_all([rng.cpu() for rng in state["cuda_rng"]])
        progress = Progress(**state["progress"])
    except (RuntimeError, KeyError, ValueError, EOFError, pickle.UnpicklingError) as e:
        raise RecipeError(
            f"The folder {s.folder} holds an unfinished training of another recipe or other data, or a damaged one.",
            "Remove the folder, or choose another name with --name.",
        ) from e
    history.keep_epochs(s.folder, progress.epochs)
    return progress
