"""From the scores of single views to those of breasts and of the exam, with the rule stated. No torch."""

from collections.abc import Sequence
from dataclasses import dataclass

RULE = "A breast's score is the largest of its views', the exam's the largest of all."
FOUR = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))


@dataclass(frozen=True)
class ExamScore:
    """What the views of one exam add up to.

    Attributes
    ----------
    score : float
        Of the exam: the largest of its views.
    breasts : dict of str to float
        "R" and "L", as far as a view tells its side.
    difference : float or None
        Right less left, where both are there.
    used, missing : tuple of str
        Views that were used, and those of the usual four that were not there, e.g. "L MLO".
    """

    score: float
    breasts: dict[str, float]
    difference: float | None
    used: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The rule, and what was used."""
        lack = f" Not there: {', '.join(self.missing)}." if self.missing else ""
        return f"{RULE} Used: {', '.join(self.used)}.{lack}"


def exam_score(views: Sequence[tuple[str | None, str | None, float]]) -> ExamScore:
    """Combine views given as (laterality, view, score); at least one.

    Works with any number of views, and with views whose side is not known: those count for the exam alone.
    """
    if not views:
        raise ValueError("an exam has at least one view")
    breasts = {side: max(s for lat, _, s in views if lat == side) for side in ("R", "L") if any(lat == side for lat, _, _ in views)}
    there = {(lat, view) for lat, view, _ in views}
    return ExamScore(
        score=max(s for _, _, s in views),
        breasts=breasts,
        difference=breasts["R"] - breasts["L"] if len(breasts) == 2 else None,
        used=tuple(" ".join(x for x in (lat, view) if x) or "view unknown" for lat, view, _ in views),
        missing=tuple(" ".join(place) for place in FOUR if place not in there),
    )
