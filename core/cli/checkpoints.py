"""list, show: the checkpoints and the architectures."""

from typing import Annotated

import typer

from core.cli.options import JsonLines
from core.cli.output import echo, echo_json, warn
from core.folders import checkpoints_folder


def list_checkpoints(json: JsonLines = False) -> None:
    """List the checkpoints with their AUROC."""
    from core.models.card import list_cards

    cards = list_cards()
    if not cards:
        warn(f"There are no checkpoints in {checkpoints_folder()}.")
    for card in cards:
        if json:
            echo_json(card.model_dump(mode="json"))
            continue
        e = card.metrics.get("auroc")
        auroc = f"AUROC {e.value:.3f} ({e.low:.3f} to {e.high:.3f}), n {e.n}" if e and e.value is not None else "AUROC undefined"
        echo(f"{card.name:20} {card.architecture:18} {auroc}{'  SYNTHETIC' if card.synthetic else ''}")


def _complete(incomplete: str) -> list[str]:
    from core.models.architectures import ARCHITECTURES

    return [a for a in ARCHITECTURES if a.startswith(incomplete)]


def show(
    name: Annotated[
        str | None, typer.Argument(metavar="[ARCHITECTURE]", help="Left out: list the names.", autocompletion=_complete)
    ] = None,
) -> None:
    """Show an architecture's parameters by layer."""
    from core.models.architectures import ARCHITECTURES, describe

    echo(*(describe(name).split("\n") if name else ARCHITECTURES))
