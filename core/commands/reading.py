"""predict, list, show: what the checkpoints say."""

import argparse
import json
import sys
from pathlib import Path

from core.commands import EXIT_UNREADABLE, EXIT_USAGE


def add(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this file."""
    p = commands.add_parser("predict", help="score files")
    p.add_argument(
        "rest", nargs="+", metavar="[CHECKPOINT] FILE", help="a checkpoint (name or folder; left out: chosen for each file), then files"
    )
    p.add_argument("--json", action="store_true", help="JSON Lines on standard output, one object a file")
    p.add_argument("--saliency", type=Path, metavar="DIR", help="write a stamped heatmap image for each file")
    p.add_argument("--any-domain", action="store_true", help="let a phantom model score a mammogram, or the other way round")
    p.set_defaults(run=_predict)

    p = commands.add_parser("list", help="list the checkpoints")
    p.add_argument("--json", action="store_true")
    p.set_defaults(run=_list)

    p = commands.add_parser("show", help="parameters of an architecture, layer by layer")
    p.add_argument("name", nargs="?", help="left out: the names")
    p.set_defaults(run=_show)


def _predict(a: argparse.Namespace) -> int:
    from core.commands.predict import predict_lines
    from core.models.card import find_checkpoint

    checkpoint, files = None, a.rest
    looks_like_a_file = Path(a.rest[0]).is_file() or (Path(a.rest[0]).suffix and not Path(a.rest[0]).is_dir())
    if not looks_like_a_file:
        checkpoint, files = find_checkpoint(a.rest[0]), a.rest[1:]
    if not files:
        print("python -m core predict: name at least one file", file=sys.stderr)
        return EXIT_USAGE
    unreadable = False
    for line in predict_lines([Path(f) for f in files], checkpoint, saliency=a.saliency, any_domain=a.any_domain):
        unreadable |= "error" in line
        print(json.dumps(line, ensure_ascii=False, allow_nan=False) if a.json else _sentence(line), flush=True)
    return EXIT_UNREADABLE if unreadable else 0


def _sentence(line: dict) -> str:
    if "error" in line:
        return f"{line['file']}: {line['error']}"
    if not line["quality"]["ok"]:
        return f"{line['file']}: cannot assess. {' '.join(line['quality']['reasons'])}"
    return f"{line['file']}: score {line['score']:.3f}, {line['decision']} at the threshold of {line['checkpoint']} (research use only)"


def _list(a: argparse.Namespace) -> int:
    from core.models.card import list_cards

    for card in list_cards():
        if a.json:
            print(card.model_dump_json())
            continue
        e = card.metrics.get("auroc")
        auroc = f"AUROC {e.value:.3f} ({e.low:.3f} to {e.high:.3f}), n {e.n}" if e and e.value is not None else "AUROC undefined"
        print(f"{card.name:20} {card.architecture:18} {auroc}{'  SYNTHETIC' if card.synthetic else ''}")
    return 0


def _show(a: argparse.Namespace) -> int:
    from core.models.architectures import ARCHITECTURES, describe

    print(describe(a.name) if a.name else "\n".join(ARCHITECTURES))
    return 0
