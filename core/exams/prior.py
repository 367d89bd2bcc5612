"""Which open exam is the prior of another of the same patient, and how long before. No torch."""

from collections.abc import Sequence

from core.exams.exam import exam_key
from core.scans import Scan

DAYS_PER_MONTH = 30.44
MAX_DAYS = 60 * 365  # mammography is about as old as that: a longer interval comes from a wrong date


def prior_of(scan: Scan, scans: Sequence[Scan]) -> tuple[str, int] | None:
    """The same patient's latest earlier exam in `scans`, as (exam key, days between); None where there is none.

    Files that name no patient, study or valid date have no prior: it is never guessed.
    """
    if scan.patient_key is None or scan.study_key is None or scan.shifted_day is None:
        return None
    earlier = [
        (scan.shifted_day - s.shifted_day, key)
        for s in scans
        if s.patient_key == scan.patient_key and s.shifted_day is not None and (key := exam_key(s)) is not None
    ]
    days, key = min((x for x in earlier if 0 < x[0] <= MAX_DAYS), default=(0, ""))
    return (key, days) if key else None


def interval(days: int) -> str:
    """An interval in words, e.g. "14 months earlier"."""
    if days < 45:
        return f"{days} day{'s' * (days != 1)} earlier"
    months = round(days / DAYS_PER_MONTH)
    return f"{months} months earlier" if months < 24 else f"{months / 12:.1f} years earlier"
