"""Replay: a saved prediction computed again, and whether it comes out the same to the last bit."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import CheckpointError, StoreError
from core.imaging.input import InputSpec
from core.models.card import Card, find_checkpoint
from core.store import saved_exams
from core.store.records import SavedPrediction

if TYPE_CHECKING:
    from core.inference.prediction import Prediction
    from core.inference.predictor import Predictor


@dataclass(frozen=True)
class Replay:
    """One saved prediction, computed again.

    Attributes
    ----------
    number : int
        Of the saved prediction.
    scan_sha256, label, checkpoint : str
    same : bool
        True where logits and score are the same to the last bit.
    score_then, score_now : float
    difference : float or None
        Largest between the logits; None where there are not as many.
    differs : tuple of str
        What is not as it was: weights, versions, threads, ...; may be filled where `same` holds, too.
    """

    number: int
    scan_sha256: str
    label: str
    checkpoint: str
    same: bool
    score_then: float
    score_now: float
    difference: float | None
    differs: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The result, as one sentence."""
        what = f"{self.label} by {self.checkpoint}"
        changes = f" Not as it was: {'; '.join(self.differs)}." if self.differs else ""
        if self.same:
            return f"{what}: same bytes, score {self.score_now:.6f}.{changes}"
        how = "other classes" if self.difference is None else f"logits differ by up to {self.difference:.3g}"
        changes = changes or " Machine, versions, threads, weights and input are as they were."
        return f"{what}: {how}; score {self.score_then:.6f} then, {self.score_now:.6f} now.{changes}"


def replay(identifier: str) -> Iterator[Replay]:
    """Read the images of a saved case again, with the recorded checkpoint and input, on the recorded device if it is there.

    `identifier` is the case's id or an image's sha256, or the beginning of one; an image's replays that image alone.

    Raises
    ------
    StoreError
        If nothing is saved under it, no prediction was saved, or an image is damaged.
    CheckpointError
        If the checkpoint is gone or not whole.
    """
    entry = saved_exams.find(identifier)
    wanted = identifier.strip().lower()
    labels = {v.sha256: v.label for v in entry.views if entry.id.startswith(wanted) or v.sha256.startswith(wanted)}
    rows = [p for p in entry.predictions if p.scan_sha256 in labels]
    if not rows:
        raise StoreError("No prediction was saved with this case.", "Open it, let a model score it, and save it again.")
    for name in dict.fromkeys(p.checkpoint for p in rows):
        _there(name)
    predictors: dict[tuple[str, str, bool], Predictor] = {}
    for row in rows:
        yield _one(row, labels[row.scan_sha256], predictors)


def _there(name: str) -> None:
    try:
        find_checkpoint(name)
    except CheckpointError as e:
        raise CheckpointError(f"The checkpoint {name} of a saved prediction is missing.", f"Put its folder back. {e.remedy}") from e


def _one(row: SavedPrediction, label: str, predictors: dict[tuple[str, str, bool], "Predictor"]) -> Replay:
    from core.device import pick
    from core.inference.predictor import Predictor  # torch: not before it is needed

    key = (row.checkpoint, row.device, row.any_domain)
    if key not in predictors:
        predictors[key] = Predictor.load(row.checkpoint, pick(row.device), any_domain=row.any_domain)
    predictor = predictors[key]
    scan, spec = saved_exams.open_view(row.scan_sha256), InputSpec.model_validate(row.input)
    # Heatmaps bring several copies of the features into one batch, and the logits' last digits depend on its size.
    prediction = predictor.predict_and_explain(scan, input=spec)[0] if row.heatmaps else predictor.predict(scan, input=spec)
    then, now = tuple(row.logits), prediction.logits
    return Replay(
        number=row.id or 0,
        scan_sha256=row.scan_sha256,
        label=label,
        checkpoint=row.checkpoint,
        same=then == now and row.score == prediction.score,
        score_then=row.score,
        score_now=prediction.score,
        difference=max(abs(a - b) for a, b in zip(then, now, strict=True)) if len(then) == len(now) else None,
        differs=tuple(_differs(row, predictor.card, prediction)),
    )


def _differs(row: SavedPrediction, card: Card, prediction: "Prediction") -> Iterator[str]:
    if row.weights_sha256 != card.weights.sha256:
        yield f"weights of {row.checkpoint} {row.weights_sha256[:12]} then, {card.weights.sha256[:12]} now"
    if list(row.probabilities) != list(prediction.probabilities):
        yield f"classes {', '.join(row.probabilities)} then, {', '.join(prediction.probabilities)} now"
    e = prediction.environment
    assert e is not None  # a Predictor always states it
    pairs: dict[str, tuple[object, object]] = {
        "temperature": (row.temperature, card.temperature),
        "threshold": (row.threshold, card.threshold),
        "heatmaps": (row.heatmaps, prediction.heatmaps),
        "device": (row.device, e.device),
        "processor": (row.processor, e.processor),
        "number format": (row.dtype, e.dtype),
        "threads": (row.threads, e.threads),
    }
    pairs |= {k: (row.versions.get(k, "none"), e.versions.get(k, "none")) for k in dict.fromkeys((*row.versions, *e.versions))}
    for name, (then, now) in pairs.items():
        if then != now:
            yield f"{name} {then} then, {now} now"
