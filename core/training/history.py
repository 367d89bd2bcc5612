"""history.csv: a row a split and epoch, written as it happens."""

import csv
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score, precision_score, recall_score, roc_auc_score

from core.errors import RecipeError
from core.files import write_text
from core.inference.calibration import probabilities
from core.training.recipe import Recipe

HISTORY = ("epoch", "split", "loss", "accuracy", "precision", "recall", "auroc", "lr", "seconds")


def measure(logits: np.ndarray, truth: np.ndarray, recipe: Recipe) -> dict[str, float]:
    """Accuracy, macro precision and recall, and AUROC of the positive class or group (0.5 where it is undefined)."""
    space = recipe.space
    p = probabilities(logits, space)
    if space.kind == "multiclass":
        called = p.argmax(1)
        positive = np.isin(truth, space.members(space.positive))
    else:
        called = p > 0.5
        positive = truth[:, list(space.members(space.positive))].any(1)
    return {
        "accuracy": float(accuracy_score(truth, called)),
        "precision": float(precision_score(truth, called, average="macro", zero_division=0)),
        "recall": float(recall_score(truth, called, average="macro", zero_division=0)),
        "auroc": float(roc_auc_score(positive, space.positive_score(p))) if 0 < positive.sum() < len(positive) else 0.5,
    }


def append(path: Path, epoch: int, split: str, loss: float, measured: dict[str, float], lr: float, seconds: float) -> None:
    """Add a row; `epoch` counts from 1."""
    new = not path.exists()
    with open(path, "a", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        if new:
            writer.writerow(HISTORY)
        numbers = {**measured, "loss": loss, "lr": lr, "seconds": seconds}
        writer.writerow([epoch, split, *(f"{numbers[k]:.6g}" for k in HISTORY[2:])])


def board(folder: Path, first_epoch: int):
    """A TensorBoard writer for `folder`; events from `first_epoch` on, which a crash may have left, are taken back.

    Raises
    ------
    RecipeError
        If the package tensorboard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as e:
        raise RecipeError("`tensorboard` needs the package tensorboard.", "Install it, or leave the key out.") from e
    return SummaryWriter(folder, purge_step=first_epoch)


def show(writer, epoch: int, split: str, loss: float, measured: dict[str, float], lr: float) -> None:
    """Write a row's numbers as events."""
    for name, value in {**measured, "loss": loss, "lr": lr}.items():
        writer.add_scalar(f"{name}/{split}", value, epoch)
    writer.flush()


def keep_epochs(path: Path, epochs: int) -> None:
    """Drop rows after `epochs`: those of an epoch that a crash cut off before its state was saved."""
    if path.exists():
        first, *rows = path.read_text("utf-8").splitlines(keepends=True)
        write_text(path, first + "".join(r for r in rows if int(r.split(",")[0]) <= epochs))
