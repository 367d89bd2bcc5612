"""history.csv: a row a split and epoch, written as it happens; the same numbers as TensorBoard events, where they are wanted."""

import csv
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score, precision_score, recall_score, roc_auc_score

from core.errors import RecipeError
from core.files import write_text
from core.inference.calibration import probabilities
from core.labels import LabelSpace

FILE = "history.csv"
COLUMNS = ("epoch", "split", "loss", "accuracy", "precision", "recall", "auroc", "lr", "seconds")


def measure(logits: np.ndarray, truth: np.ndarray, space: LabelSpace) -> dict[str, float]:
    """Accuracy, macro precision and recall, and AUROC of the positive class or group (0.5 where it is undefined)."""
    p = probabilities(logits, space)
    called = p.argmax(1) if space.kind == "multiclass" else p > 0.5
    positive = space.positives(truth)
    return {
        "accuracy": float(accuracy_score(truth, called)),
        "precision": float(precision_score(truth, called, average="macro", zero_division=0)),
        "recall": float(recall_score(truth, called, average="macro", zero_division=0)),
        "auroc": float(roc_auc_score(positive, space.positive_score(p))) if 0 < positive.sum() < len(positive) else 0.5,
    }


class History:
    """The file of a training under way.

    Parameters
    ----------
    first_epoch : int
        Events from this epoch on, which a crash may have left, are taken back.
    events : bool
        Also write TensorBoard events.

    Raises
    ------
    RecipeError
        If events are wanted and the package tensorboard is not installed.
    """

    def __init__(self, folder: Path, space: LabelSpace, first_epoch: int = 1, *, events: bool = False) -> None:
        self.path, self.space, self.writer = folder / FILE, space, None
        if events:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError as e:
                raise RecipeError("`tensorboard` needs the package tensorboard.", "Install it, or leave the key out.") from e
            self.writer = SummaryWriter(folder, purge_step=first_epoch)

    def append(self, epoch: int, split: str, loss: float, logits: np.ndarray, truth: np.ndarray, lr: float, seconds: float) -> float:
        """Add a row; `epoch` counts from 1. Returns the AUROC."""
        numbers = {"loss": loss, **measure(logits, truth, self.space), "lr": lr}
        new = not self.path.exists()
        with open(self.path, "a", newline="") as f:
            writer = csv.writer(f, lineterminator="\n")
            if new:
                writer.writerow(COLUMNS)
            writer.writerow([epoch, split, *(f"{v:.6g}" for v in (*numbers.values(), seconds))])
        if self.writer is not None:
            for name, value in numbers.items():
                self.writer.add_scalar(f"{name}/{split}", value, epoch)
            self.writer.flush()
        return numbers["auroc"]

    def close(self) -> None:
        """Close the files of events."""
        if self.writer is not None:
            self.writer.close()


def keep_epochs(folder: Path, epochs: int) -> None:
    """Drop rows after `epochs`: those of an epoch that a crash cut off before its state was saved."""
    path = folder / FILE
    if path.exists():
        first, *rows = path.read_text("utf-8").splitlines(keepends=True)
        write_text(path, first + "".join(r for r in rows if int(r.split(",")[0]) <= epochs))
