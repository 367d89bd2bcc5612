"""What is exported of an exam: its views with the AI result, and the reader's assessments."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

import numpy as np
from pydicom.dataset import Dataset

from core.exams.assessment import Assessment
from core.exams.exam import ExamScore, ExamView, exam_score
from core.exchange.objects.regions import Region, regions_of
from core.exchange.objects.source import check_one_study
from core.inference.evidence import Evidence
from core.models.card import Card
from core.scans.scan import Scan

Outcome = Literal["succeeded", "cannot assess", "failed"]


@dataclass(frozen=True, eq=False)
class ViewResult:
    """One view.

    Attributes
    ----------
    scan : Scan
    source : Dataset
        Header of the file that it was read from (`core.exchange.objects.source`).
    outcome : Outcome
        "cannot assess" where the quality gate refused the image, "failed" where scoring did.
    score, threshold : float or None
        None unless succeeded.
    evidence : Evidence or None
        The heatmap of the positive class; None where there is none.
    reason : str
        Why there is no score.
    """

    scan: Scan
    source: Dataset
    outcome: Outcome
    score: float | None = None
    threshold: float | None = None
    evidence: Evidence | None = None
    reason: str = ""

    @property
    def positive(self) -> bool:
        """Whether it was scored at or above the threshold."""
        return self.score is not None and self.threshold is not None and self.score >= self.threshold

    @property
    def drawn(self) -> bool:
        """Whether a heatmap is shown: never below the threshold."""
        return self.evidence is not None and self.evidence.drawn and self.positive

    def level(self) -> np.ndarray:
        """Share of full colour in pixels of the source image, float32 (H, W); zero where nothing is drawn."""
        return self.evidence.level() if self.evidence is not None and self.drawn else np.zeros(self.scan.shape, np.float32)

    @cached_property
    def regions(self) -> list[Region]:
        """Regions of evidence; none unless `drawn`."""
        return regions_of(self.level(), self.scan.spacing_mm) if self.drawn else []


@dataclass(frozen=True, eq=False)
class ExamResults:
    """One exam.

    Attributes
    ----------
    views : tuple of ViewResult
        All of one study.
    card : Card or None
        Of the model; None where the exam is exported without an AI result.
    at : datetime
        When the newest prediction was made, local time.
    assessments : tuple of Assessment
        Oldest first.
    """

    views: tuple[ViewResult, ...]
    card: Card | None
    at: datetime
    assessments: tuple[Assessment, ...] = ()

    def __post_init__(self) -> None:
        check_one_study([v.source for v in self.views])

    @property
    def study(self) -> str:
        """Study Instance UID."""
        return str(self.views[0].source.StudyInstanceUID)

    @property
    def synthetic(self) -> bool:
        """Whether all images are phantoms."""
        return all(v.scan.synthetic for v in self.views)

    @property
    def scored(self) -> list[ViewResult]:
        """Views with a score."""
        return [v for v in self.views if v.score is not None]

    @property
    def exam(self) -> ExamScore | None:
        """Scores of the breasts and of the exam; None without a scored view."""
        views = [ExamView.of(v.scan, v.score) for v in self.views if v.score is not None]
        return exam_score(views) if views else None

    @property
    def assessment(self) -> Assessment | None:
        """The reader's last assessment that is not a skipped one."""
        return next((a for a in reversed(self.assessments) if a.category is not None), None)

    @property
    def ai_key(self) -> tuple[str | float, ...]:
        """What the AI result is made of: equal keys give equal UIDs. Times are no part of it."""
        card = self.card
        parts: list[str | float] = [self.study, card.name if card else "", card.weights.sha256 if card else ""]
        for view in self.views:
            parts += [str(view.source.SOPInstanceUID), view.scan.sha256, view.outcome, view.score or 0.0, view.threshold or 0.0]
        return tuple(parts)

    @property
    def reader_key(self) -> tuple[str | float, ...]:
        """The same of the reader's last assessment."""
        return (self.study, *(str(v.source.SOPInstanceUID) for v in self.views), repr(self.assessment))
