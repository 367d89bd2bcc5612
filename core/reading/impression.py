"""Impression: what a reader recorded of an exam before the model was heard, or after. Never overwritten, only followed. No torch."""

from dataclasses import dataclass
from datetime import datetime

CATEGORIES = tuple(range(7))  # BI-RADS assessment, by number
DENSITIES = ("a", "b", "c", "d")  # BI-RADS composition, by letter


@dataclass(frozen=True)
class Impression:
    """One record of a reader.

    Attributes
    ----------
    category : int or None
        BI-RADS assessment 0 to 6; None where the reader skipped and asked for the score at once.
    density : str or None
        a to d.
    note : str
    at : datetime
        Local time, to the second.
    after_score : bool
        True where the score had been shown before.
    """

    category: int | None
    density: str | None
    note: str
    at: datetime
    after_score: bool

    def __post_init__(self) -> None:
        if self.category is not None and self.category not in CATEGORIES:
            raise ValueError(f"{self.category} is no BI-RADS category")
        if self.density is not None and self.density not in DENSITIES:
            raise ValueError(f"{self.density!r} is no density")

    @property
    def sentence(self) -> str:
        """The record in words."""
        when = f"{self.at:%H:%M:%S}, {'after' if self.after_score else 'before'} the score"
        if self.category is None:
            return f"{when}: skipped, no impression"
        density = f", density {self.density}" if self.density else ""
        return f"{when}: category {self.category}{density}{f'. {self.note}' if self.note else ''}"
