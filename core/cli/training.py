"""recipe, train, promote, crossval, search, leakage-demo: a recipe becomes a checkpoint."""

import re
from pathlib import Path
from typing import Annotated

import typer

from core.cli.data import open_manifest
from core.cli.options import (
    Data,
    DataFolder,
    LabelSpaceName,
    Overrides,
    RecipeName,
    RunName,
    RunsFolder,
    Waiver,
    complete_recipe,
    complete_run,
)
from core.cli.output import echo, interval, warn
from core.errors import DataError, RecipeError
from core.folders import runs_folder


def train(
    recipe: RecipeName, *, data: Data, overrides: Overrides, name: RunName = None, out: RunsFolder = None, waive: Waiver = None
) -> None:
    """Train a recipe and write a checkpoint.

    A second call continues where the first stopped.
    """
    from core.models.card import read_card
    from core.training import promotion, runs
    from core.training.recipe import load_recipe

    loaded, root = load_recipe(recipe, overrides), out or runs_folder()
    if not data.is_dir():
        raise DataError(f"There is no folder {data}.", "Correct --data.")
    with runs.occupied(root / (name or loaded.name), data.absolute(), loaded.epochs, waive):
        from core.training.experiment import train  # late: torch takes seconds, and the folder is held by then

        folder = train(loaded, data, root, name=name, waive=waive)
    card = read_card(folder)
    auroc = card.metrics["auroc"]
    if waive:
        warn(f"The audit of patients and splits was waived: {waive}")
    echo(
        f"test AUROC {interval(auroc)}, {auroc.n} images of {card.data.patients.get('test', 0)} patients",
        str(folder),
    )
    if found := promotion.problems(folder):
        warn(*(f"WARNING: {sentence}" for sentence in found))
    echo(f"To use it in the dashboard: second-reader promote {folder.name if root == runs_folder() else folder}")


def promote(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Name of a finished run, or its folder.", autocompletion=complete_run)],
    *,
    name: Annotated[str | None, typer.Option("--name", help="Name of the checkpoint; default: the run's.")] = None,
    waive: Annotated[
        str | None,
        typer.Option("--waive", metavar="REASON", help="Promote although the figures mean little; the card repeats the reason."),
    ] = None,
) -> None:
    """Make a finished run a checkpoint of the dashboard.

    Refused without --waive where the temperature is at its bound, the test part has fewer than 30 images, or the loss did not fall.
    """
    from core.training import promotion

    echo(str(promotion.promote(promotion.find_finished(run), name, waiver=waive)))


def recipe(
    data: DataFolder,
    *,
    name: Annotated[str, typer.Option("--name", help="Name of recipe and run: lower-case letters, digits, hyphens.")],
    like: Annotated[
        str, typer.Option("--like", metavar="RECIPE", help="Recipe whose settings are taken.", autocompletion=complete_recipe)
    ] = "roboflow-tumour",
    start_from: Annotated[
        str, typer.Option("--start-from", metavar="WEIGHTS", help="random, imagenet, timm:NAME, or a checkpoint.")
    ] = "random",
    label_space: LabelSpaceName = None,
    epochs: Annotated[int | None, typer.Option(min=1, metavar="N", help="Epochs; default: as in --like.")] = None,
) -> None:
    """Write a recipe for your own data folder.

    NAME.toml in the current folder: the settings of a shipped recipe with a title, summary and limits that are true of this folder.
    """
    from core.files import write_text
    from core.training.own_recipe import recipe_for
    from core.training.recipe import load_recipe

    path = Path(f"{name}.toml")
    if path.exists():
        raise RecipeError(f"{path} exists already.", "Choose another --name, or remove the file.")
    write_text(path, recipe_for(open_manifest(data, label_space), load_recipe(like), name, start_from, epochs).to_toml())
    echo(str(path), f"To train: second-reader train {path} --data {data}")


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
