"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer


def _starting(names: list[str], incomplete: str) -> list[str]:
    return [n for n in names if n.startswith(incomplete)]


def complete_checkpoint(incomplete: str) -> list[str]:
    """Names of checkpoints that begin so."""
    from core.models.card import list_cards

    return _starting([c.name for c in list_cards()], incomplete)


def complete_recipe(incomplete: str) -> list[str]:
    """Names of shipped recipes that begin so."""
    from core.training.recipe import shipped_recipes

    return _starting(shipped_recipes(), incomplete)


def complete_run(incomplete: str) -> list[str]:
    """Names of finished runs that begin so."""
    from core.folders import runs_folder

    return _starting(sorted(p.parent.name for p in runs_folder().glob("*/card.json")), incomplete)


def complete_label_space(incomplete: str) -> list[str]:
    """Names of label spaces that begin so."""
    from core.labels import SPACES

    return _starting(list(SPACES), incomplete)


Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
JsonLines = Annotated[bool, typer.Option("--json", help="Print JSON Lines: one object a line.")]
Checkpoint = Annotated[
    str, typer.Argument(metavar="CHECKPOINT", help="Name of a checkpoint, or its folder.", autocompletion=complete_checkpoint)
]
DataFolder = Annotated[Path, typer.Argument(metavar="DIR", help="Data folder.")]
Data = Annotated[Path, typer.Option("--data", metavar="DIR", help="Data folder.")]
LabelSpaceName = Annotated[
    str | None,
    typer.Option("--label-space", metavar="NAME", help="Label space; default: the source's own.", autocompletion=complete_label_space),
]
RecipeName = Annotated[
    str, typer.Argument(metavar="RECIPE", help="Name of a shipped recipe, or a TOML file.", autocompletion=complete_recipe)
]
Overrides = Annotated[
    list[str],
    typer.Option(
        "--set", metavar="KEY=VALUE", default_factory=list, show_default=False, help="Set one value of the recipe; may be repeated."
    ),
]
RunName = Annotated[str | None, typer.Option("--name", help="Name of the run; default: the recipe's.")]
RunsFolder = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where the run's folder goes; default: the runs folder.")]
Waiver = Annotated[
    str | None,
    typer.Option(
        "--waive", metavar="REASON", help="Train although the audit of patients and splits objects; card and report repeat the reason."
    ),
]
