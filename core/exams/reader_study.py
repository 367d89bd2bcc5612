"""What a reading session came to: exams, times, agreement of reader and model, and AUROCs where truth is known. No torch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.metrics.bootstrap import Bootstrap, auroc
from core.exams.assessment import Assessment
from core.models.card import Estimate

SUSPICION = (1, 2, 3, 0, 4, 5, 6)  # BI-RADS categories from calm to suspicious; 0, incomplete, stands where a recall begins
RECALL = (0, 4, 5, 6)
LEAST = 2  # exams with, and without, the finding, for an AUROC


@dataclass(frozen=True)
class StudyCase:
    """One exam of a session.

    Attributes
    ----------
    exam : str
        A key that leads back to nobody.
    impressions : tuple of Assessment
        Oldest first.
    seconds : float or None
        From the first look to the first impression.
    called : bool or None
        The model's decision on the exam; None where it read nothing.
    truth : bool or None
        Whether the exam shows malignancy, where that is known.
    located : bool or None
        Whether a finding marked before the score holds the middle of what is malignant; None where there is none, or its place is unknown.
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
        """The last category of all: with the model's help, where it was looked for."""
        return _last(self.assessments)


def _last(assessments) -> int | None:
    found = [i.category for i in assessments if i.category is not None]
    return found[-1] if found else None


def summary(reads: Sequence[StudyCase]) -> dict:
    """The figures of a session.

    Returns
    -------
    dict
        "n", "read" (with a category before the score), "skipped", "seconds" (median, or None), "changed" (category after the score
        differs), "agreement" (reader's recall, categories 0, 4, 5 and 6, against the model's decision) and "located" (malignant exams
        with a mark on the place, before the score) as Estimates, "truth" (exams whose truth is known), and "alone" and "with_model":
        the reader's AUROC before and after the score on the same exams, each an Estimate; undefined with the reason where there are
        too few.
    """
    first = [r for r in reads if r.before is not None]
    seconds = [r.seconds for r in first if r.seconds is not None]
    both = [r for r in first if r.called is not None]
    agree = np.array([(r.before in RECALL) == r.called for r in both], float)
    boot = Bootstrap.of(np.array([r.exam for r in both]))
    placed = [r for r in first if r.located is not None]
    on_place = np.array([bool(r.located) for r in placed], float)
    known = [r for r in first if r.truth is not None]
    return {
        "n": len(reads),
        "read": len(first),
        "skipped": sum(r.before is None and bool(r.assessments) for r in reads),
        "seconds": float(np.median(seconds)) if seconds else None,
        "changed": sum(r.after != r.before for r in first),
        "agreement": boot.proportion(agree, np.ones(len(both)), "no exam was read by both"),
        "located": Bootstrap.of(np.array([r.exam for r in placed])).proportion(
            on_place, np.ones(len(placed)), "no malignant exam was read"
        ),
        "truth": len(known),
        "alone": _area(known, [r.before for r in known]),
        "with_model": _area(known, [r.after for r in known]),
    }


def _area(known: Sequence[StudyCase], categories: Sequence[int]) -> Estimate:
    truth = np.array([bool(r.truth) for r in known], bool)
    why = f"needs {LEAST} exams with and {LEAST} without malignancy whose truth is known"
    if min(truth.sum(), (~truth).sum()) < LEAST:
        return Estimate(value=None, undefined=why, method="–", n=len(known))
    ranks = np.array([SUSPICION.index(c) for c in categories], float)
    boot, statistic = Bootstrap.of(np.array([r.exam for r in known])), auroc(ranks, truth)
    return boot.estimate(float(statistic(np.ones((1, len(truth))))[0]), boot.over_rows(statistic), why)
