"""train, crossval, search, leakage-demo: a recipe becomes a checkpoint."""

import re
from pathlib import Path
from typing import Annotated

import typer

from core.cli.options import Data, Overrides, RecipeName, RunName, RunsFolder, Waiver
from core.cli.output import echo, interval, warn
from core.folders import runs_folder


def train(
    recipe: RecipeName, *, data: Data, overrides: Overrides, name: RunName = None, out: RunsFolder = None, waive: Waiver = None
) -> None:
    """Train a recipe and write a checkpoint.

    A second call continues where the first stopped.
    """
    from core.models.card import read_card
    from core.training.experiment import train
    from core.training.recipe import load_recipe

    folder = train(load_recipe(recipe, overrides), data, out or runs_folder(), name=name, waive=waive)
    card = read_card(folder)
    auroc = card.metrics["auroc"]
    if waive:
        warn(f"The audit of patients and splits was waived: {waive}")
    echo(
        f"test AUROC {interval(auroc)}, {auroc.n} images of {card.data.patients.get('test', 0)} patients",
        str(folder),
        "To use it in the dashboard, copy this folder into the checkpoints folder under a name of its own.",
    )


def crossval(
    recipe: RecipeName,
    *,
    data: Data,
    overrides: Overrides,
    seeds: Annotated[str, typer.Option(metavar="N,N", help="Seeds; each trains one round of folds.")] = "0",
    name: RunName = None,
    out: RunsFolder = None,
    waive: Waiver = None,
) -> None:
    """Train every fold and pool the predictions."""
    if not re.fullmatch(r"\d+(,\d+)*", seeds, re.ASCII):
        raise typer.BadParameter("whole numbers with commas between them are needed, such as 0,1,2.", param_hint="--seeds")
    from core.training.crossval import cross_validate, sentences
    from core.training.recipe import load_recipe

    loaded = load_recipe(recipe, overrides)
    folder = (out or runs_folder()) / (name or f"{loaded.name}-crossval")
    result = cross_validate(loaded, data, folder, seeds=[int(s) for s in seeds.split(",")], waive=waive)
    echo(*sentences(result).split("\n"))


def search(
    recipe: RecipeName,
    *,
    data: Data,
    overrides: Overrides,
    trials: Annotated[int, typer.Option(min=1, metavar="N", help="Number of trials.")] = 8,
    epochs: Annotated[int, typer.Option(min=1, metavar="N", help="Epochs of each trial.")] = 2,
    find_lr: Annotated[bool, typer.Option("--find-lr", help="Run a learning-rate range test instead.")] = False,
    name: RunName = None,
    out: RunsFolder = None,
    waive: Waiver = None,
) -> None:
    """Search a recipe's values on validation."""
    from core.training.recipe import load_recipe
    from core.training.search import find_lr as range_test
    from core.training.search import random_search

    loaded = load_recipe(recipe, overrides)
    if find_lr:
        table = range_test(loaded, data, waive=waive)
        echo(*table.to_string(index=False).split("\n"))
        echo(f"lowest loss at {table.sort_values('loss')['lr'].iloc[0]:.2g}; a tenth of it is a good choice")
        return
    folder = (out or runs_folder()) / (name or f"{loaded.name}-search")
    echo(*random_search(loaded, data, folder, trials=trials, epochs=epochs, waive=waive).to_string(index=False).split("\n"))


def leakage_demo(
    recipe: RecipeName = "cancerdetectnet",
    *,
    data: Data,
    overrides: Overrides,
    copies: Annotated[int, typer.Option(min=1, metavar="N", help="Augmented copies of each image.")] = 16,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Default: leakage-demo in the runs folder.")] = None,
) -> None:
    """Compare a leaking split with an honest one.

    Runs the same training twice: split by image after augmentation, and split by patient.
    """
    from core.training.leakage_demo import leakage_demo, sentences
    from core.training.recipe import load_recipe

    result = leakage_demo(load_recipe(recipe, overrides), data, out or runs_folder() / "leakage-demo", copies=copies)
    echo(*sentences(result).split("\n"))
