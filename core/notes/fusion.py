"""Fusion: how an image checkpoint's score and a note's become one; a checkpoint's fusion.json. No torch."""

import re
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import CheckpointError
from core.files import read_json, write_json
from core.models.card import Card, Estimate
from core.notes.model import NoteCard, Scores, sigmoid

FILE = "fusion.json"
EPSILON = 1e-6  # a score of 0 or 1 has no log odds
REFIT = "Fit it again with `second-reader notes fuse`."


class Fusion(BaseModel):
    """A logistic regression on the log odds of two scores, and what it was worth on the test part.

    Attributes
    ----------
    checkpoint, weights_sha256 : str
        The image checkpoint whose scores were combined.
    note_model, trees_sha256, proxy : str, str, bool
        The model of notes; `proxy` where it uses the radiologist's assessment.
    intercept, image, note : float
        Log odds = intercept + image × logit(image score) + note × logit(note score); fitted on validation alone.
    threshold : float
        Of the fused score; `threshold_rule` says how it was chosen on validation.
    n : dict of str to dict of str to int
        split → images, patients, described (images with a note that could be scored), patients_described.
    figures : dict of str to dict of str to dict of str to Estimate
        Cases ("described": those with a scored note; "all": the image alone where there is none) → whose score ("image",
        "note", "both") → auroc, sensitivity, specificity, brier; on the test part.
    differences : dict of str to dict of str to dict
        Cases → "both less image", "both less note" → "auroc" (Estimate, patients drawn whole) and "delong" (by formula, or None).
    control : dict
        The same figures of the described cases after a share of the notes was exchanged between cases: notes that err.
    limits : tuple of str
        What the figures do not show.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    checkpoint: str
    weights_sha256: str
    note_model: str
    trees_sha256: str
    proxy: bool
    synthetic: bool
    intercept: float
    image: float
    note: float
    threshold: float
    threshold_rule: str
    n: dict[str, dict[str, int]]
    figures: dict[str, dict[str, dict[str, Estimate]]]
    differences: dict[str, dict[str, dict]]
    control: dict
    limits: tuple[str, ...]
    versions: dict[str, str]
    created: str

    def combine(self, image: Scores, note: Scores | None) -> Scores:
        """The fused score of an image's and a note's, both 0 to 1; floats or arrays. Without a note (None or NaN): the image's."""
        return image if note is None else combine((self.intercept, self.image, self.note), image, note)


def combine(weights: tuple[float, float, float], image: Scores, note: Scores) -> Scores:
    """Fused scores by (intercept, weight of the image's log odds, of the note's); where the note is NaN, the image's score."""
    fused = sigmoid(weights[0] + weights[1] * log_odds(image) + weights[2] * log_odds(note))
    chosen: Any = np.where(np.isnan(note), image, fused)[()]  # of arrays an array, of numbers a number
    return chosen


def side_of(text: str) -> Literal["L", "R"] | None:
    """The breast that a note speaks of; None where it names none, or both."""
    sides = {word[0].upper() for word in re.findall(r"\b(?:left|right)\b", text.lower())}
    return sides.pop() if len(sides) == 1 else None


def log_odds(score: Scores) -> Scores:
    """log(p / (1 − p)) of a score, clipped away from 0 and 1."""
    p = np.clip(score, EPSILON, 1 - EPSILON)
    return np.log(p / (1 - p))


def read_fusion(folder: Path, card: Card, note_card: NoteCard) -> Fusion:
    """The fusion of a checkpoint folder for these two models.

    Raises
    ------
    CheckpointError
        If there is none, it is not valid, or it was fitted for another version of either model.
    """
    path = Path(folder) / FILE
    if not path.is_file():
        raise CheckpointError(
            f"No combination of {card.name} with notes was ever fitted, so both scores stand for themselves.",
            f"`second-reader notes fuse {card.name}` fits one where test cases have notes.",
        )
    try:
        fusion = Fusion.model_validate(read_json(path))
    except (ValidationError, ValueError) as e:
        raise CheckpointError(f"{FILE} of {card.name} is not valid ({str(e).splitlines()[0]}).", REFIT) from e
    if fusion.weights_sha256 != card.weights.sha256:
        raise CheckpointError(f"{FILE} of {card.name} was fitted for other weights than these.", REFIT)
    if fusion.trees_sha256 != note_card.trees_sha256:
        raise CheckpointError(f"{FILE} of {card.name} was fitted with another model of notes than {note_card.name}.", REFIT)
    return fusion


def write_fusion(folder: Path, fusion: Fusion) -> Path:
    """Write fusion.json into a checkpoint folder; returns its path."""
    path = Path(folder) / FILE
    write_json(path, fusion.model_dump(mode="json"))
    return path
