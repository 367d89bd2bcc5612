"""What the caches are keyed by: a scan by what it shows, a model by its folder, a file by its time. Never by pixels."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.folders import checkpoints_folder
from core.inference.evidence import Evidence
from core.models.card import Card
from core.scans import Scan


@dataclass(frozen=True)
class Chosen:
    """The model that reads an image, and whether it may read images of another domain than those it was trained on."""

    card: Card
    any_domain: bool = False


def file_key(path: Path) -> tuple[str, int]:
    """Path and time of change in nanoseconds, 0 where there is no such file."""
    return path.as_posix(), path.stat().st_mtime_ns if path.is_file() else 0


def card_key(card: Card) -> tuple[str, str, tuple[tuple[str, int], ...]]:
    """Name, sha256 of the weights, and the times of all files in the model's folder: a new report or prediction counts."""
    files = sorted((checkpoints_folder() / card.name).glob("*"))
    return card.name, card.weights.sha256, tuple(file_key(f) for f in files)


HASH_FUNCS: dict[str | type[Any], Callable[[Any], Any]] = {
    Scan: lambda scan: (scan.display_key, scan.label),
    Card: card_key,
    Chosen: lambda chosen: (card_key(chosen.card), chosen.any_domain),
    Evidence: lambda e: (e.saliency.scan_sha256, e.saliency.checkpoint, e.saliency.label, e.saliency.peak, e.full, e.weak),
    type(Path()): file_key,
    "core.notes.model.NoteCard": lambda card: card.trees_sha256,
    "core.datasets.manifest.Manifest": lambda manifest: (manifest.sha256, str(manifest.root)),
}
