"""Which open exam came before another of the same patient, and how long before. No torch."""

from collections.abc import Sequence

from core.scans import Scan

_MONTH = 30.44  # days


def prior_of(scan: Scan, scans: Sequence[Scan]) -> tuple[str, int] | None:
    """The latest earlier study among `scans` of the same patient, as (study_key, days between); None where there is none.

    Files that name no patient, study or date have no prior: it is never guessed.
    """
    if scan.patient_key is None or scan.study_key is None or scan.shifted_day is None:
        return None
    same = [s for s in scans if s.patient_key == scan.patient_key and s.study_key not in (None, scan.study_key)]
    before = [(s.shifted_day, s.study_key) for s in same if s.shifted_day is not None and s.shifted_day < scan.shifted_day]
    if not before:
        return None
    day, study = max(before)
    return study, scan.shifted_day - day


def interval(days: int) -> str:
    """An interval in words, e.g. "14 months earlier"."""
    if days < 45:
        return f"{days} day{'s' * (days != 1)} earlier"
    months = round(days / _MONTH)
    return f"{months} months earlier" if months < 24 else f"{months / 12:.1f} years earlier"
