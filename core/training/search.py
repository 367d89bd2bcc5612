"""Values for a recipe: a learning-rate range test and a small random search. Only validation figures are looked at."""

from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from core.files import write_text
from core.training.data import prepare
from core.training.experiment import first_model, learn, training_batches
from core.training.fabric import fabric_of, precision_of
from core.training.history import FILE
from core.training.recipe import Recipe
from core.training.trainer import Trainer

SPREAD = 10.0  # learning rate and weight decay are drawn between a tenth and ten times the recipe's
DIVERGED = 4.0  # a smoothed loss of so many times the lowest one ends the range test


def random_search(recipe: Recipe, data: Path, out: Path, *, trials: int, epochs: int, waive: str | None = None) -> pd.DataFrame:
    """Train `trials` short variants of a recipe; returns one row a trial, best validation AUROC first.

    Drawn: lr and weight_decay (log-uniform), dropout (0 to 0.6), label_smoothing (0 to 0.15). The first trial is
    the recipe as it is. The test part is never predicted. The table also goes to `out/search.csv`.
    """
    rng, rows = np.random.default_rng(recipe.seed), []
    prepared, fabric = prepare(recipe, data, waive), fabric_of(precision_of(recipe.precision, recipe.architecture))
    for trial in tqdm(range(trials), desc="search", unit="trial"):
        values = {"epochs": epochs} | (_draw(recipe, rng) if trial else {})
        variant, folder = recipe.model_copy(update=values), Path(out) / f"trial{trial}"
        folder.mkdir(parents=True, exist_ok=True)
        learn(variant, prepared, folder, fabric)
        history = pd.read_csv(folder / FILE)
        best = history[history["split"] == "validation"]["auroc"].max()
        keys = ("lr", "weight_decay", "dropout", "label_smoothing")
        rows.append({"trial": trial, "validation_auroc": best, **{k: getattr(variant, k) for k in keys}})
        table = pd.DataFrame(rows).sort_values("validation_auroc", ascending=False, ignore_index=True)
        write_text(Path(out) / "search.csv", table.to_csv(index=False, lineterminator="\n"))
    return table


def _draw(recipe: Recipe, rng: np.random.Generator) -> dict[str, float]:
    return {
        "lr": recipe.lr * float(SPREAD ** rng.uniform(-1, 1)),
        "weight_decay": recipe.weight_decay * float(SPREAD ** rng.uniform(-1, 1)),
        "dropout": round(float(rng.uniform(0, 0.6)), 2),
        "label_smoothing": round(float(rng.uniform(0, 0.15)), 3),
    }


def find_lr(recipe: Recipe, data: Path, *, steps: int = 80, low: float = 1e-6, high: float = 1.0, waive: str | None = None) -> pd.DataFrame:
    """The loss while the learning rate grows from `low` to `high` (range test of Smith 2017): columns lr, loss (smoothed), a row a step.

    Stops once the loss is four times the lowest. A tenth of the rate of the lowest loss is a good choice.
    """
    prepared, fabric = prepare(recipe, data, waive), fabric_of(precision_of(recipe.precision, recipe.architecture))
    model, _ = first_model(recipe, prepared.part("train"))
    batches = training_batches(prepared.part("train", recipe.augmentation), recipe, fabric)
    trainer = Trainer(fabric, model, recipe, batches)
    trainer.rate = np.geomspace(low, high, steps).item
    rows: list[dict[str, float]] = []
    smooth = None
    for loss in (loss.item() for epoch in count() for loss, _, _ in trainer.steps(batches, epoch)):
        smooth = loss if smooth is None else 0.8 * smooth + 0.2 * loss
        done = trainer.progress.steps
        if done > len(rows):
            rows.append({"lr": trainer.optimizer.param_groups[0]["lr"], "loss": smooth})
        if done == steps or not np.isfinite(smooth) or smooth > DIVERGED * min((r["loss"] for r in rows), default=smooth):
            break
    return pd.DataFrame(rows)
