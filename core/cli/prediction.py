"""predict: image files in, one line a file out."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NotRequired, TypedDict

import typer

from core.cli import EXIT_UNREADABLE
from core.cli.input import expanded, image_bytes
from core.cli.options import JsonLines, complete_checkpoint
from core.cli.output import echo, echo_json, warn
from core.errors import CheckpointError, ScanError, SecondReaderError

if TYPE_CHECKING:
    from core.inference.predictor import Predictor
    from core.models.card import Card
    from core.scans.scan import Scan

ANY_DOMAIN = "Name a checkpoint trained on such images, or add --any-domain."


class Quality(TypedDict):
    """Whether an image can be assessed, and if not, why."""

    ok: bool
    reasons: list[str]


class Line(TypedDict):
    """What is said of one file: an error; or quality and assumptions, and, where quality.ok, the scores."""

    file: str
    error: NotRequired[str]
    sha256: NotRequired[str]
    checkpoint: NotRequired[str | None]
    probabilities: NotRequired[dict[str, float]]
    score: NotRequired[float]
    decision: NotRequired[str]
    quality: NotRequired[Quality]
    assumptions: NotRequired[list[str]]


class _Refused(SecondReaderError):
    """What concerns one file only; anything else stops the command."""


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
    """Score image files. Exit code 2 where one cannot be read."""
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
        Files, folders (all files below them), or "-" for standard input.
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
    models = _Models(checkpoint, any_domain)
    for file in expanded(files):
        try:
            yield _line(file, models, saliency)
        except (ScanError, _Refused) as e:
            yield {"file": file, "error": str(e)}


class _Models:
    """The checkpoint named, or one for each kind of image; each is loaded once."""

    def __init__(self, checkpoint: Path | None, any_domain: bool) -> None:
        from core.models.card import find_checkpoint, list_cards, read_card

        self._cards = [read_card(checkpoint)] if checkpoint else list_cards()
        self._folder = lambda card: checkpoint or find_checkpoint(card.name)
        self._chosen = checkpoint is not None
        self._any_domain = any_domain
        self._loaded: dict[str, Predictor] = {}

    def card_for(self, scan: "Scan") -> "Card | None":
        from core.inference.default_model import default_card

        return self._cards[0] if self._chosen else default_card(self._cards, scan)

    def predictor(self, card: "Card | None", scan: "Scan") -> "Predictor":
        """The model of a card, which must fit the scan."""
        from core.inference.default_model import mismatch, reason

        if card is None:
            raise _Refused(reason(None, scan), "Name a checkpoint.")
        if not self._any_domain and (why := mismatch(card, scan)):
            raise _Refused(why, ANY_DOMAIN)
        from core.inference.predictor import Predictor  # torch: not before a file needs it

        if card.name not in self._loaded:
            self._loaded[card.name] = Predictor.load(self._folder(card), any_domain=self._any_domain)
        return self._loaded[card.name]


def _line(file: str, models: _Models, saliency: Path | None) -> Line:
    from core.files import write_bytes
    from core.inference.overlay import heatmap_png
    from core.scans.quality import assess
    from core.scans.read import read_scan

    scan = read_scan(image_bytes(file))
    card, found = models.card_for(scan), assess(scan)
    name, quality = card.name if card else None, Quality(ok=found.ok, reasons=list(found.reasons))
    if not found.ok:
        return {"file": file, "sha256": scan.sha256, "checkpoint": name, "quality": quality, "assumptions": list(scan.assumptions)}
    predictor = models.predictor(card, scan)
    prediction = predictor.predict(scan)
    if saliency is not None:
        write_bytes(saliency / f"{scan.sha256[:16]}_{name}.png", heatmap_png(scan, predictor.explain(scan)))
    return {
        "file": file,
        "sha256": scan.sha256,
        "checkpoint": name,
        "probabilities": prediction.probabilities,
        "score": prediction.score,
        "decision": prediction.decision,
        "quality": quality,
        "assumptions": list(scan.assumptions),
    }


def _sentence(line: Line) -> str:
    if "error" in line:
        return f"{line['file']}: {line['error']}"
    if not line["quality"]["ok"]:
        return f"{line['file']}: cannot assess. {' '.join(line['quality']['reasons'])}"
    return f"{line['file']}: score {line['score']:.3f}, {line['decision']} at the threshold of {line['checkpoint']} (research use only)"
