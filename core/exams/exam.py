"""From the scores of single views to those of breasts and of the exam, with the rule stated. No torch."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from core.files import sha256_bytes
from core.scans.scan import Laterality, Scan, view_label
from core.scans.views import View

RULE = "Breast score: largest of its standard views; exam score: largest of all."
STANDARD: tuple[tuple[Laterality, View], ...] = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))
Role = Literal["standard", "additional", "modified", "raw", "repeat"]


@dataclass(frozen=True)
class ExamView:
    """One scored view of an exam.

    Attributes
    ----------
    laterality, view : str or None
    score : float
    modifiers : tuple of str
        Of PS3.16 CID 4015 by name, e.g. "implant displaced", "spot compression", "magnification", "rolled lateral".
    raw : bool
        For processing, not for presentation.
    """

    laterality: str | None
    view: str | None
    score: float
    modifiers: tuple[str, ...] = ()
    raw: bool = False

    @classmethod
    def of(cls, scan: Scan, score: float) -> "ExamView":
        """A scan with its score."""
        return cls(scan.laterality, scan.view, score, scan.modifiers, scan.intent == "processing")

    @property
    def label(self) -> str:
        """Side and view with their modifiers, e.g. "L CC (implant displaced)"."""
        return view_label(self.laterality, self.view, self.modifiers, self.raw)


@dataclass(frozen=True)
class ExamScore:
    """What the views of one exam add up to.

    Attributes
    ----------
    score : float
        Of the exam: the largest of the views that count.
    breasts : dict of str to float
        "R" and "L", as far as a view that counts has a side.
    difference : float or None
        Right less left, where both are there.
    used, missing : tuple of str
        Views that count, and the standard four that are missing, e.g. "L MLO".
    listed : tuple of str
        The other views: modified, additional, repeated or raw. They have a score of their own and change none of the exam's.
    roles : tuple of Role
        Of each view, in the order given.
    """

    score: float
    breasts: dict[str, float]
    difference: float | None
    used: tuple[str, ...]
    missing: tuple[str, ...]
    listed: tuple[str, ...]
    roles: tuple[Role, ...]

    @property
    def sentence(self) -> str:
        """The rule, and which views were used."""
        rule = RULE if "standard" in self.roles else "No standard view for presentation: the exam score is the largest of all its views."
        listed = f" Not counted: {', '.join(self.listed)}." if self.listed else ""
        missing = f" Missing: {', '.join(self.missing)}." if self.missing else ""
        return f"{rule} Used: {', '.join(self.used)}.{listed}{missing}"


def roles_of(views: Sequence[ExamView]) -> tuple[Role, ...]:
    """The role of each view in its exam.

    A raw twin, a modified view (CID 4015) and a view outside the standard four are not what the models are tested on. Of several
    standard views of one place the first given is the standard one, the others are repeats. A view whose side or view is not known
    counts as standard: nothing says that it is another.
    """
    seen: set[tuple[str, str]] = set()
    roles: list[Role] = []
    for v in views:
        if v.raw:
            roles.append("raw")
        elif v.modifiers:
            roles.append("modified")
        elif v.view not in ("CC", "MLO", None):
            roles.append("additional")
        elif v.laterality and v.view and (v.laterality, v.view) in seen:
            roles.append("repeat")
        else:
            roles.append("standard")
            if v.laterality and v.view:
                seen.add((v.laterality, v.view))
    return tuple(roles)


def exam_score(views: Sequence[ExamView]) -> ExamScore:
    """Combine views, at least one; standard views for presentation decide.

    Where an exam has none, all its views count and the sentence says so. Views whose side is not known count for the exam alone.
    """
    if not views:
        raise ValueError("an exam has at least one view")
    roles = roles_of(views)
    chosen = [v for v, role in zip(views, roles, strict=True) if role == "standard"]
    rest = [f"{v.label}{', repeat' if role == 'repeat' else ''}" for v, role in zip(views, roles, strict=True) if role != "standard"]
    if not chosen:
        chosen, rest = list(views), []
    breasts = {
        side: max(v.score for v in chosen if v.laterality == side) for side in ("R", "L") if any(v.laterality == side for v in chosen)
    }
    found = {(v.laterality, v.view) for v in chosen if not v.modifiers and not v.raw}
    return ExamScore(
        score=max(v.score for v in chosen),
        breasts=breasts,
        difference=breasts["R"] - breasts["L"] if len(breasts) == 2 else None,
        used=_counted(v.label for v in chosen),
        missing=tuple(" ".join(place) for place in STANDARD if place not in found),
        listed=_counted(rest),
        roles=roles,
    )


def _counted(labels: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{label} × {n}" if n > 1 else label for label, n in Counter(labels).items())


def exam_key(scan: Scan) -> str | None:
    """Key of the exam that a scan belongs to: one study of one patient; None where the file names no study.

    Two patients under one Study Instance UID are two exams.
    """
    if scan.study_key is None or scan.patient_key is None:
        return scan.study_key
    return sha256_bytes(f"{scan.study_key} {scan.patient_key}".encode())[:16]


def hanging_kind(scan: Scan) -> str:
    """The kind of view that hangs together: "" for plain views for presentation, else its modifiers, or "for processing"."""
    return "for processing" if scan.intent == "processing" else ", ".join(scan.modifiers)
