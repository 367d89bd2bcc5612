"""Finding values for a recipe: a learning-rate range test and a small random search. Only validation numbers are looked at."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from lightning.fabric.utilities.seed import seed_everything
from tqdm import tqdm

from core.files import write_text
from core.models.architectures import build, eval_frozen_stages, unfreeze
from core.models.pretrained import start_from
from core.training.data import prepare
from core.training.experiment import learn
from core.training.fabric import fabric_of
from core.training.loaders import class_weights, loader
from core.training.optimisation import criterion_of, optimizer_of
from core.training.recipe import Recipe

SPREAD = 10.0  # learning rate and weight decay are drawn between a tenth and ten times the recipe's


def random_search(recipe: Recipe, data: Path, out: Path, *, trials: int, epochs: int, waive: str | None = None) -> pd.DataFrame:
    """Train `trials` short variants of a recipe; returns one row a trial, best validation AUROC first.

    Drawn: lr and weight_decay (log-uniform), dropout (0 to 0.6), label_smoothing (0 to 0.15). The first trial is
    the recipe as it is. The test part is never predicted. The table also goes to `out/search.csv`.
    """
    rng, rows = np.random.default_rng(recipe.seed), []
    prepared = prepare(recipe, data, waive)
    for trial in tqdm(range(trials), desc="search", unit="trial"):
        values = {"epochs": epochs} | (_draw(recipe, rng) if trial else {})
        variant, folder = recipe.model_copy(update=values), Path(out) / f"trial{trial}"
        folder.mkdir(parents=True, exist_ok=True)
        learn(variant, prepared, folder, fabric_of(variant))
        history = pd.read_csv(folder / "history.csv")
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
    """The loss while the learning rate grows from `low` to `high` (range test of Smith 2017): columns lr, loss (smoothed).

    Stops once the loss is four times the lowest. A tenth of the rate of the lowest loss is a good choice.
    """
    seed_everything(recipe.seed, verbose=False)
    prepared, fabric = prepare(recipe, data, waive), fabric_of(recipe)
    model = build(recipe.architecture, len(recipe.space.classes), recipe.dropout, recipe.input.channels)
    start_from(model, recipe.architecture, recipe.pretrained)
    unfreeze(model, recipe.unfreeze)
    part = prepared.part("train", recipe, augmented=True)
    criterion = criterion_of(recipe, class_weights(part.truth, recipe.space).to(fabric.device))
    plain = model.to(memory_format=torch.channels_last)
    model, optimizer = fabric.setup(plain, optimizer_of(plain, recipe))
    plain.train()
    eval_frozen_stages(plain)
    rows, smooth, batches = [], None, iter(())
    for lr in tqdm(np.geomspace(low, high, steps), desc="learning rates", leave=False):
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader(part, recipe, train=True))
            part.epoch += 1
            batch = next(batches)
        for group in optimizer.param_groups:
            group["lr"] = float(lr)
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(model(batch[0].to(fabric.device)).float(), batch[1].to(fabric.device))
        fabric.backward(loss)
        optimizer.step()
        smooth = loss.item() if smooth is None else 0.8 * smooth + 0.2 * loss.item()
        rows.append({"lr": float(lr), "loss": smooth})
        if not np.isfinite(smooth) or smooth > 4 * min(r["loss"] for r in rows):
            break
    return pd.DataFrame(rows)
