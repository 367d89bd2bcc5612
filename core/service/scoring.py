"""Scoring of image files, as `predict --json` and the REST interface report it. Loads torch with the first model."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import TypedDict  # pydantic makes no schema of typing's own before Python 3.12

from core.errors import ScanError
from core.inference.default_model import default_card, mismatch, reason
from core.inference.evidence import Evidence
from core.models.card import Card, find_checkpoint, list_cards, read_card
from core.scans import quality
from core.scans.scan import Scan

if TYPE_CHECKING:
    from core.inference.prediction import Prediction
    from core.inference.predictor import Predictor

ANY_DOMAIN = "Name a checkpoint trained on such images, or allow any domain (--any-domain)."


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


@dataclass(frozen=True, eq=False)
class Scored:
    """One image: its line, without `file`, and, where it was scored, the model and its prediction."""

    line: Line
    card: Card | None = None
    prediction: "Prediction | None" = None


class Scoring:
    """Scores images with one checkpoint, or with the default one for each image's kind (`core.inference.default_model`).

    Parameters
    ----------
    checkpoint : Path or None
        A checkpoint's folder.
    any_domain : bool
        Let a phantom model score a mammogram, and the other way round.
    load : callable, optional
        What loads the Predictor of a card; default: each once.

    Raises
    ------
    CheckpointError
        If the checkpoint itself cannot be used.
    """

    def __init__(self, checkpoint: Path | None, *, any_domain: bool = False, load: "Callable[[Card], Predictor] | None" = None) -> None:
        self._checkpoint, self._any_domain, self._loader = checkpoint, any_domain, load
        self._cards = [read_card(checkpoint)] if checkpoint else list_cards()
        self._loaded: dict[str, Predictor] = {}

    def score(self, scan: Scan) -> Scored:
        """Assess and score an image.

        Raises
        ------
        ScanError
            If no checkpoint may score such images.
        """
        card = self._cards[0] if self._checkpoint else default_card(self._cards, scan)
        found = quality.assess(scan)
        line = Line(sha256=scan.sha256, checkpoint=card.name if card else None)
        prediction = None
        if found.ok:
            if card is None:
                raise ScanError(reason(None, scan), "Name a checkpoint.")
            if not self._any_domain and (why := mismatch(card, scan)):
                raise ScanError(why, ANY_DOMAIN)
            prediction = self._predictor(card).predict(scan)
            line |= Line(probabilities=prediction.probabilities, score=prediction.score, decision=prediction.decision)
        line |= Line(quality=Quality(ok=found.ok, reasons=list(found.reasons)), assumptions=list(scan.assumptions))
        return Scored(line, card, prediction)

    def evidence(self, scan: Scan, scored: Scored) -> Evidence | None:
        """The heatmap of the positive class; None where the image was not scored."""
        from core.evaluation.evaluation_report import load_probes  # pandas: not before a heatmap is wanted

        if scored.card is None or scored.prediction is None:
            return None
        positive = scored.card.label_space.positive
        full = load_probes(self._folder(scored.card)).full_colour(positive)
        return Evidence.of(self._predictor(scored.card).explain(scan), scored.prediction, positive, full)

    def _folder(self, card: Card) -> Path:
        return self._checkpoint or find_checkpoint(card.name)

    def _predictor(self, card: Card) -> "Predictor":
        if self._loader is not None:
            return self._loader(card)
        if card.name not in self._loaded:
            from core.inference.predictor import Predictor

            self._loaded[card.name] = Predictor.load(self._folder(card), any_domain=self._any_domain)
        return self._loaded[card.name]
