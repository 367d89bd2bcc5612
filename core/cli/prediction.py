"""predict: image files in, one line a file out."""

import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from core.cli import EXIT_UNREADABLE
from core.cli.input import expanded, image_bytes
from core.cli.options import JsonLines, complete_checkpoint
from core.cli.output import echo, echo_json, warn
from core.errors import CheckpointError, ScanError

if TYPE_CHECKING:
    from core.inference.predictor import Predictor
    from core.scans.scan import Scan

ANY_DOMAIN = "Name a checkpoint trained on such images, or add --any-domain."


class Quality(TypedDict):
    """Whether an image can be assessed, and if not, why."""

    ok: bool
    reasons: list[str]


class Line(TypedDict, total=False):
    """The JSON of one file: file and error; or file, sha256, checkpoint, quality, assumptions and, where quality.ok, the scores."""

    file: str
    error: str
    sha256: str
    checkpoint: str | None
    probabilities: dict[str, float]
    score: float
    decision: str
    quality: Quality
    assumptions: list[str]


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
            echo(_sentence(line))
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
) -> Iterator[Line]:
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
    from core.inference.default_model import default_card, mismatch, reason
    from core.models.card import find_checkpoint, list_cards, read_card
    from core.scans.quality import assess
    from core.scans.siblings import Siblings

    cards = [read_card(checkpoint)] if checkpoint else list_cards()

    @cache
    def predictor(name: str) -> "Predictor":
        from core.inference.predictor import Predictor  # torch: not before a file needs it

        return Predictor.load(checkpoint or find_checkpoint(name), any_domain=any_domain)

    named = list(expanded(files))
    siblings = Siblings(named)
    for file in named:
        try:
            scan = siblings.read(file, image_bytes(file))
            card, found = cards[0] if checkpoint else default_card(cards, scan), assess(scan)
            line = Line(file=file, sha256=scan.sha256, checkpoint=card.name if card else None)
            if found.ok:
                if card is None:
                    raise ScanError(reason(None, scan), "Name a checkpoint.")
                if not any_domain and (why := mismatch(card, scan)):
                    raise ScanError(why, ANY_DOMAIN)
                line |= _scored(scan, predictor(card.name), checkpoint or find_checkpoint(card.name), saliency)
            yield line | Line(quality=Quality(ok=found.ok, reasons=list(found.reasons)), assumptions=list(scan.assumptions))
        except ScanError as e:
            yield Line(file=file, error=str(e))


def _scored(scan: "Scan", predictor: "Predictor", folder: Path, saliency: Path | None) -> Line:
    from core.evaluation.evaluation_report import load_probes
    from core.files import write_bytes
    from core.inference.evidence import Evidence
    from core.inference.overlay import heatmap_png

    prediction = predictor.predict(scan)
    if saliency is not None:
        positive = predictor.card.label_space.positive
        evidence = Evidence.of(predictor.explain(scan), prediction, positive, load_probes(folder).full_colour(positive))
        write_bytes(saliency / f"{scan.sha256[:16]}_{predictor.card.name}.png", heatmap_png(scan, evidence))
    return Line(probabilities=prediction.probabilities, score=prediction.score, decision=prediction.decision)


def _sentence(line: Line) -> str:
    if "error" in line:
        return f"{line['file']}: {line['error']}"
    if not line["quality"]["ok"]:
        return f"{line['file']}: cannot assess. {' '.join(line['quality']['reasons'])}"
    return f"{line['file']}: score {line['score']:.3f}, {line['decision']} at the threshold of {line['checkpoint']} (research use only)"
