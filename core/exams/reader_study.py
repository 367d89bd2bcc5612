"""Summary of a reading session: exams, times, agreement of reader and model, and AUROCs where truth is known. No torch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.metrics.bootstrap import Bootstrap
from core.evaluation.predictions import Predictions
from core.exams.assessment import Assessment
from core.models.card import Estimate

SUSPICION = (1, 2, 3, 0, 4, 5, 6)  # BI-RADS categories by suspicion; 0, incomplete, stands where a recall begins
RECALL = (0, 4, 5, 6)
MIN_PER_CLASS = 2  # exams with, and without, malignancy, for an AUROC


@dataclass(frozen=True)
class StudyCase:
    """One exam of a session.

    Attributes
    ----------
    exam : str
        A key that identifies no patient.
    assessments : tuple of Assessment
        Oldest first.
    seconds : float or None
        From opening the exam to the first assessment.
    called : bool or None
        The model's decision on the exam; None without one.
    truth : bool or None
        Whether the exam shows malignancy, where that is known.
    located : bool or None
        Whether a finding marked before the score contains the centre of the malignancy; None where there is none, or its place is unknown.
    """

    exam: str
    assessments: tuple[Assessment, ...]
    seconds: float | None = None
    called: bool | None = None
    truth: bool | None = None
    located: bool | None = None

    @property
    def before(self) -> int | None:
        """The last category recorded before the score was shown."""
        return _last(i for i in self.assessments if not i.after_score)

    @property
    def after(self) -> int | None:
        """The last category of all: with the model's help, where the reader used it."""
        return _last(self.assessments)


def _last(assessments: Iterable[Assessment]) -> int | None:
    found = [i.category for i in assessments if i.category is not None]
    return found[-1] if found else None


@dataclass(frozen=True)
class StudySummary:
    """The figures of a session.

    Attributes
    ----------
    n, n_read, n_skipped : int
        Exams; those with a category before the score; those assessed without one.
    seconds : float or None
        Median time to the first assessment.
    n_changed : int
        Exams whose category after the score differs.
    agreement : Estimate
        Of the reader's recall (categories 0, 4, 5 and 6) and the model's decision.
    located : Estimate
        Malignant exams with a mark on the place before the score.
    n_truth : int
        Exams whose truth is known.
    unaided, aided : Estimate
        The reader's AUROC before and after the score, on the same exams.
    """

    n: int
    n_read: int
    n_skipped: int
    seconds: float | None
    n_changed: int
    agreement: Estimate
    located: Estimate
    n_truth: int
    unaided: Estimate
    aided: Estimate


def summary(cases: Sequence[StudyCase]) -> StudySummary:
    """Summarise a session."""
    read = [c for c in cases if c.before is not None]
    seconds = [c.seconds for c in read if c.seconds is not None]
    both = [c for c in read if c.called is not None]
    placed = [c for c in read if c.located is not None]
    known = [c for c in read if c.truth is not None]
    return StudySummary(
        n=len(cases),
        n_read=len(read),
        n_skipped=sum(c.before is None and bool(c.assessments) for c in cases),
        seconds=float(np.median(seconds)) if seconds else None,
        n_changed=sum(c.after != c.before for c in read),
        agreement=_share(both, [(c.before in RECALL) == c.called for c in both], "no exam was read by both"),
        located=_share(placed, [bool(c.located) for c in placed], "no malignant exam was read"),
        n_truth=len(known),
        unaided=_auroc(known, [c.before for c in known]),
        aided=_auroc(known, [c.after for c in known]),
    )


def _share(cases: Sequence[StudyCase], hits: Sequence[bool], undefined: str) -> Estimate:
    return Bootstrap.of(np.array([c.exam for c in cases])).proportion(np.array(hits, float), np.ones(len(cases)), undefined)


def _auroc(known: Sequence[StudyCase], categories: Sequence[int | None]) -> Estimate:
    truth = np.array([bool(c.truth) for c in known], bool)
    if min(truth.sum(), (~truth).sum()) < MIN_PER_CLASS:
        undefined = f"needs {MIN_PER_CLASS} exams with and {MIN_PER_CLASS} without malignancy whose truth is known"
        return Estimate(value=None, undefined=undefined, method="–", n=len(known))
    ranks = np.array([SUSPICION.index(c) for c in categories if c is not None], float)
    return Predictions(ranks, truth, np.array([c.exam for c in known])).auroc
