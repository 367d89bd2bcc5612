"""train, crossval, leaky, search: a recipe becomes a checkpoint."""

import argparse
import sys
from pathlib import Path

from core.commands import EXIT_USAGE, words


def add(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this file."""
    p = commands.add_parser("train", help="train a recipe and write a checkpoint; goes on where it was cut off")
    _training(p)
    p.set_defaults(run=_train)

    p = commands.add_parser("crossval", help="train every fold and pool their test predictions")
    _training(p)
    p.add_argument("--seeds", default="0", metavar="N,N", help="one round of folds a seed (default 0)")
    p.set_defaults(run=_crossval)

    p = commands.add_parser("leaky", help="the same training with a leaking and with an honest split, side by side")
    p.add_argument("recipe", nargs="?", default="cancerdetectnet", help="default cancerdetectnet")
    p.add_argument("--data", type=Path, required=True, metavar="DIR")
    p.add_argument("--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE", help="change one value of the recipe")
    p.add_argument("--copies", type=int, default=16, help="altered copies of each image (default 16)")
    p.add_argument("--out", type=Path, default=Path("runs/leaky-versus-honest"), metavar="DIR")
    p.set_defaults(run=_leaky)

    p = commands.add_parser("search", help="try values for a recipe on the validation part")
    _training(p)
    p.add_argument("--trials", type=int, default=8)
    p.add_argument("--epochs", type=int, default=2)
    p.add_argument("--find-lr", action="store_true", help="a learning-rate range test instead")
    p.set_defaults(run=_search)


def _training(p: argparse.ArgumentParser) -> None:
    p.add_argument("recipe", help="name of a shipped recipe, or a TOML file")
    p.add_argument("--data", type=Path, required=True, metavar="DIR")
    p.add_argument("--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE", help="change one value of the recipe")
    p.add_argument("--name", help="name of the run (default: the recipe's)")
    p.add_argument("--out", type=Path, default=Path("runs"), metavar="DIR", help="where the run's folder goes (default runs)")
    p.add_argument(
        "--waive", metavar="REASON", help="train although a check of patients or splits objects; card and report repeat the reason"
    )


def _train(a: argparse.Namespace) -> int:
    from core.models.card import read_card
    from core.training.experiment import run
    from core.training.recipe import load_recipe

    folder = run(load_recipe(a.recipe, a.overrides), a.data, a.out, name=a.name, waive=a.waive)
    card = read_card(folder)
    e, patients = card.metrics["auroc"], card.data.patients.get("test", 0)
    if a.waive:
        print(f"The checks of patients and splits were waived: {a.waive}", file=sys.stderr)
    print(f"test AUROC {words(e.model_dump())}, {e.n} images of {patients} patients")
    print(f"{folder}\nTo use it in the dashboard, copy the folder into checkpoints/ under a name of its own.")
    return 0


def _crossval(a: argparse.Namespace) -> int:
    from core.training.crossval import cross_validate, sentences
    from core.training.recipe import load_recipe

    recipe = load_recipe(a.recipe, a.overrides)
    if not all(s.isdecimal() for s in a.seeds.split(",")):
        print("python -m core crossval: --seeds takes whole numbers with commas between them", file=sys.stderr)
        return EXIT_USAGE
    folder = a.out / (a.name or f"{recipe.name}-crossval")
    print(sentences(cross_validate(recipe, a.data, folder, seeds=[int(s) for s in a.seeds.split(",")], waive=a.waive)))
    return 0


def _leaky(a: argparse.Namespace) -> int:
    from core.training.leakage_demo import leakage_demo, sentences
    from core.training.recipe import load_recipe

    print(sentences(leakage_demo(load_recipe(a.recipe, a.overrides), a.data, a.out, copies=max(1, a.copies))))
    return 0


def _search(a: argparse.Namespace) -> int:
    from core.training.recipe import load_recipe
    from core.training.search import find_lr, random_search

    recipe = load_recipe(a.recipe, a.overrides)
    if a.find_lr:
        table = find_lr(recipe, a.data, waive=a.waive)
        print(table.to_string(index=False))
        print(f"lowest loss at {table.loc[table['loss'].idxmin(), 'lr']:.2g}; a tenth of it is a good choice")
    else:
        out = a.out / (a.name or f"{recipe.name}-search")
        print(random_search(recipe, a.data, out, trials=a.trials, epochs=a.epochs, waive=a.waive).to_string(index=False))
    return 0
