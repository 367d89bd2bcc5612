"""Reading: what a model says of one scan."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from core.imaging.input import InputSpec
from core.inference.environment import Environment


@dataclass(frozen=True)
class Prediction:
    """What a model says of one scan. Research use only; never a diagnosis.

    Attributes
    ----------
    scan_sha256, checkpoint : str
        What was read, and by which model.
    probabilities : dict of str to float
        Calibrated, by class.
    score : float
        Calibrated probability of the positive class or group.
    decision : {"positive", "negative"}
        Score at or above `threshold`, or below it.
    input : InputSpec
        How the scan became the input; `input_overridden` is True where that is not the card's way.
    logits : tuple of float
        Before the temperature.
    microns : float or None
        Micrometres of breast that one input pixel covers.
    notes : tuple of str
        What the user should know, such as a fall back to the CPU.
    heatmaps : int
        How many were computed along with the score; 0 for the score alone. The logits' last digits depend on it.
    environment : Environment
        Machine, threads and versions.
    at : datetime
        When, local time, to the second.
    milliseconds : float or None
        Wall time from the scan to the result: crop, filter, network, and the heatmaps where requested.
    """

    scan_sha256: str
    checkpoint: str
    probabilities: dict[str, float]
    score: float
    decision: Literal["positive", "negative"]
    threshold: float
    input: InputSpec
    input_overridden: bool
    logits: tuple[float, ...]
    microns: float | None
    notes: tuple[str, ...] = ()
    heatmaps: int = 0
    environment: Environment | None = None
    at: datetime | None = field(default=None, compare=False)
    milliseconds: float | None = field(default=None, compare=False)
