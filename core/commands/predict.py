"""`python -m core predict`: files in, one JSON-ready object a file out."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from core.errors import ScanError, SecondReaderError
from core.files import write_bytes
from core.inference.default_model import default_card, mismatch, reason
from core.inference.overlay import overlay
from core.inference.saliency import Saliency
from core.models.card import Card, find_checkpoint, list_cards, read_card
from core.scans.quality import assess
from core.scans.read import read_scan
from core.scans.scan import Scan
from core.scans.stamp import stamp

IMAGE_SIDE = 2048  # longer side of a saved heatmap, pixels
ANY_DOMAIN = "Name a checkpoint trained on such images, or add --any-domain."


def predict_lines(files: list[Path], checkpoint: Path | None, *, saliency: Path | None = None, any_domain: bool = False) -> Iterator[dict]:
    """One dict a file, in the order given; a file that fails does not stop the rest.

    Parameters
    ----------
    files : list of Path
    checkpoint : Path or None
        A checkpoint's folder; None chooses for each file by its kind (see core.inference.default_model).
    saliency : Path, optional
        Folder for stamped heatmap images, named by the sha256 of the file, never by its name.
    any_domain : bool
        Let a phantom model score a mammogram, and the other way round.

    Yields
    ------
    dict
        `{"file", "error"}`; or file, sha256, checkpoint, quality {ok, reasons}, assumptions, and, where
        quality.ok, also probabilities, score and decision.

    Raises
    ------
    CheckpointError
        If the checkpoint itself cannot be used.
    """
    cards = [read_card(checkpoint)] if checkpoint else list_cards()
    readers: dict[str, object] = {}

    def reader_of(card: Card):
        from core.inference.predictor import Predictor  # torch: not before a file needs it

        if card.name not in readers:
            readers[card.name] = Predictor.load(checkpoint or find_checkpoint(card.name), any_domain=any_domain)
        return readers[card.name]

    for path in files:
        try:
            scan = read_scan(_bytes(path))
            card = cards[0] if checkpoint else default_card(cards, scan)
            yield {"file": str(path), **_line(scan, card, reader_of, saliency, any_domain)}
        except (ScanError, _Refused) as e:
            yield {"file": str(path), "error": str(e)}


class _Refused(SecondReaderError):
    """What concerns one file only; anything else stops the command."""


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as e:
        raise _Refused("The file cannot be opened.", "Check its path and its permissions.") from e


def _line(scan: Scan, card: Card | None, reader_of, saliency: Path | None, any_domain: bool) -> dict:
    quality = assess(scan)
    head = {"sha256": scan.sha256, "checkpoint": card.name if card else None}
    tail = {"quality": {"ok": quality.ok, "reasons": list(quality.reasons)}, "assumptions": list(scan.assumptions)}
    if not quality.ok:
        return head | tail
    if card is None:
        raise _Refused(reason(None, scan), "Name a checkpoint.")
    if not any_domain and (why := mismatch(card, scan)):
        raise _Refused(why, ANY_DOMAIN)
    predictor = reader_of(card)
    prediction = predictor.predict(scan)
    if saliency is not None:
        write_bytes(saliency / f"{scan.sha256[:16]}_{card.name}.png", heatmap_png(scan, predictor.explain(scan)))
    return head | {"probabilities": prediction.probabilities, "score": prediction.score, "decision": prediction.decision} | tail


def heatmap_png(scan: Scan, saliency: Saliency, opacity: float = 0.5, relative: np.ndarray | None = None) -> bytes:
    """The scan under its heatmap as PNG, longer side at most PICTURE_SIDE, stamped; holds no other words than the stamps.

    `relative` replaces the map's own scale, for images that are compared.
    """
    h, w = scan.shape
    scale = min(1.0, IMAGE_SIDE / max(h, w))
    size = (max(1, round(w * scale)), max(1, round(h * scale)))
    heat = saliency.relative() if relative is None else relative
    display = cv2.resize(scan.display(), size, interpolation=cv2.INTER_AREA)
    image = overlay(display, cv2.resize(heat, size, interpolation=cv2.INTER_AREA), opacity)
    image = stamp(image, "RESEARCH USE ONLY", corner="top-left")  # at the bottom phantoms say what they are
    if saliency.peak <= 0:
        image = stamp(image, "NO POSITIVE EVIDENCE", corner="top-right")
    return cv2.imencode(".png", image[..., ::-1])[1].tobytes()
