"""Assessment: what a reader recorded of an exam, before the AI result was shown or after. Never overwritten, only followed. No torch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

CATEGORIES = tuple(range(7))  # BI-RADS assessment, by number
DENSITIES = ("a", "b", "c", "d")  # BI-RADS composition, by letter
ReadState = Literal["unread", "read", "amended", "skipped", "not assessable"]


@dataclass(frozen=True)
class Finding:
    """An ellipse that a reader drew round something on a view.

    Attributes
    ----------
    scan : str
        First 16 digits of the scan's sha256.
    label : str
        Side and view as known then, e.g. "R MLO".
    x, y : float
        Centre in pixels of the image; 0 is its left, or upper, edge.
    width, height : float
        Axes in pixels.
    millimetres : tuple of float or None
        (width, height) in the breast plane, an estimate; None where the spacing is unknown.
    """

    scan: str
    label: str
    x: float
    y: float
    width: float
    height: float
    millimetres: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        numbers = (self.x, self.y, self.width, self.height, *(self.millimetres or ()))
        if not all(math.isfinite(v) for v in numbers) or min(self.width, self.height) < 0:
            raise ValueError("a finding needs a finite place and size")

    @property
    def sentence(self) -> str:
        """Where, and how large."""
        if self.millimetres is None:
            return f"{self.label}, {self.width:.0f} × {self.height:.0f} pixels"
        return f"{self.label}, {self.millimetres[0]:.0f} × {self.millimetres[1]:.0f} mm (est.)"

    def holds(self, x: float, y: float) -> bool:
        """Whether a place of the image lies in the ellipse."""
        if not (self.width and self.height):
            return False
        return (2 * (x - self.x) / self.width) ** 2 + (2 * (y - self.y) / self.height) ** 2 <= 1


@dataclass(frozen=True)
class Assessment:
    """One record of a reader.

    Attributes
    ----------
    category : int or None
        BI-RADS assessment 0 to 6; None where the reader skipped and went to the score at once.
    density : str or None
        a to d.
    note : str
    at : datetime
        Local time, to the second.
    after_score : bool
        True where the score had been shown before.
    findings : tuple of Finding
        What was marked on the views of the exam then.
    """

    category: int | None
    density: str | None
    note: str
    at: datetime
    after_score: bool
    findings: tuple[Finding, ...] = ()

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
        marked = f"; marked: {'; '.join(f.sentence for f in self.findings)}" if self.findings else ""
        return f"{when}: category {self.category}{density}{marked}{f'. {self.note}' if self.note else ''}"


def read_state(assessments: Sequence[Assessment], assessable: bool = True) -> ReadState:
    """How far the reading of an exam is, from its assessments, oldest first, and whether any of its views can be assessed.

    An exam is skipped while no category is recorded, and amended once a category follows an earlier record.
    """
    if not assessments:
        return "unread" if assessable else "not assessable"
    if all(a.category is None for a in assessments):
        return "skipped"
    return "read" if len(assessments) == 1 else "amended"
