"""predict: image files in, one line a file out."""

import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli import EXIT_UNREADABLE
from core.cli.input import expanded, image_bytes
from core.cli.options import JsonLines, complete_checkpoint
from core.cli.output import echo, echo_json, warn
from core.errors import CheckpointError, ScanError
from core.inference.score_text import against_threshold

if TYPE_CHECKING:
    from core.inference.evidence import Evidence
    from core.scans.scan import Scan
    from core.service.scoring import Line


def predict(
    first: Annotated[
        str | None,
        typer.Argument(
            metavar="CHECKPOINT", help="Name or folder of a checkpoint; left out: chosen for each file.", autocompletion=complete_checkpoint
        ),
    ] = None,
    rest: Annotated[
        list[str] | None, typer.Argument(metavar="FILE", help="Image files, or folders of them; - reads standard input.")
    ] = None,
    json: JsonLines = False,
    saliency: Annotated[Path | None, typer.Option(metavar="DIR", help="Write a stamped heatmap of each file into this folder.")] = None,
    any_domain: Annotated[
        bool, typer.Option("--any-domain", help="Let a phantom model score a mammogram, or the other way round.")
    ] = False,
) -> int:
    """Score image files.

    Images of one folder whose brightness range is estimated share it. Exit code 2 where a file cannot be read.
    """
    if first is None:
        raise typer.BadParameter("name at least one file.", param_hint="FILE")
    checkpoint, files = checkpoint_and_files(first, rest or [])
    if saliency is not None:
        saliency.mkdir(parents=True, exist_ok=True)
    unreadable = False
    for line in predict_lines(files, checkpoint, saliency=saliency, any_domain=any_domain):
        unreadable |= "error" in line
        if json:
            echo_json(line)
        else:
            echo(_sentence(line, checkpoint))
    return EXIT_UNREADABLE if unreadable else 0


def checkpoint_and_files(first: str, rest: list[str]) -> tuple[Path | None, list[str]]:
    """The checkpoint that the first argument names, None where it names none, and the files.

    Raises
    ------
    CheckpointError
        If the first argument names neither a checkpoint nor a file.
    """
    from core.models.card import find_checkpoint

    try:
        folder = find_checkpoint(first)
    except (CheckpointError, OSError):
        looks_like_a_file = first == "-" or os.path.lexists(first) or Path(first).suffix or any(c in first for c in "/\\*?[")
        if not looks_like_a_file:
            raise
        return None, [first, *rest]
    if not rest and Path(first).is_file():
        return None, [first]
    if not rest:
        raise typer.BadParameter(f"{first} is a checkpoint; name at least one file after it.", param_hint="FILE")
    if Path(first).is_file():
        warn(f"{first} names a checkpoint and a file, and is taken for the checkpoint; write ./{first} for the file.")
    return folder, rest


def predict_lines(
    files: Iterable[str], checkpoint: Path | None, *, saliency: Path | None = None, any_domain: bool = False
) -> "Iterator[Line]":
    """One line a file, in the order given; a file that fails does not stop the rest.

    Parameters
    ----------
    files : iterable of str
        Files, folders (all files below them), or "-" for standard input. 16-bit images of one folder that state no depth share their
        estimated range, as in one upload.
    checkpoint : Path or None
        A checkpoint's folder; None chooses for each file by its kind (see core.inference.default_model).
    saliency : Path, optional
        Folder for stamped heatmaps, named by the sha256 of the file, never by its name.
    any_domain : bool
        Let a phantom model score a mammogram, and the other way round.

    Raises
    ------
    CheckpointError
        If the checkpoint itself cannot be used.
    """
    from core.scans.siblings import Siblings
    from core.service import audit_log
    from core.service.scoring import Line, Scoring

    scoring = Scoring(checkpoint, any_domain=any_domain)
    named = list(expanded(files))
    siblings = Siblings(named)
    for file in named:
        try:
            scan = siblings.read(file, image_bytes(file))
            scored = scoring.score(scan)
            if scored.card is not None and scored.prediction is not None:
                audit_log.record("predict", scans=[scan], detail=scored.card.name)
            if saliency is not None and (evidence := scoring.evidence(scan, scored)) is not None:
                _write_heatmap(saliency, scan, evidence, scored.line["checkpoint"] or "")
            yield Line(file=file) | scored.line
        except ScanError as e:
            yield Line(file=file, error=str(e))


def _write_heatmap(folder: Path, scan: "Scan", evidence: "Evidence", checkpoint: str) -> None:
    from core.files import write_bytes
    from core.inference.overlay import heatmap_png

    write_bytes(folder / f"{scan.sha256[:16]}_{checkpoint}.png", heatmap_png(scan, evidence))


def _sentence(line: "Line", folder: Path | None) -> str:
    if "error" in line:
        return f"{line['file']}: {line['error']}"
    if not line["quality"]["ok"]:
        return f"{line['file']}: cannot assess. {' '.join(line['quality']['reasons'])}"
    words = against_threshold(line["score"], _threshold(str(folder or line["checkpoint"])))
    return f"{line['file']}: score {words} of {line['checkpoint']} (research use only)"


@cache
def _threshold(checkpoint: str) -> float:
    from core.models.card import find_checkpoint, read_card

    return read_card(find_checkpoint(checkpoint)).threshold
