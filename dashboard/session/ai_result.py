"""AI results of open views. They are computed in the background while they are hidden, and leave the server only through this module."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import SecondReaderError
from core.exams.exam import ExamScore, ExamView, exam_score
from core.imaging.filters import FilterName
from core.inference.default_model import default_card, mismatch
from core.models.card import Card
from core.scans import Scan
from dashboard.cache import checkpoints, predictions
from dashboard.cache.keys import Chosen
from dashboard.session import audit, worklist
from dashboard.session.view_settings import image_kind
from dashboard.session.worklist import Case

if TYPE_CHECKING:
    from core.inference.prediction import Prediction
    from dashboard.cache.predictions import Explained, Kernel


class HiddenResultError(RuntimeError):
    """An AI result was to be sent before the read was recorded: a fault of the program."""


@dataclass(frozen=True, eq=False)
class ExamResult:
    """What a model says of the views of one exam.

    Attributes
    ----------
    chosen : Chosen
    explained : dict of str to (Prediction, heatmaps by label)
        By the key of the view; a view that the model cannot score is not there.
    exam : ExamScore or None
        None where no view was scored.
    error : SecondReaderError or None
        Why a view was not scored.
    """

    chosen: Chosen
    explained: dict[str, Explained]
    exam: ExamScore | None
    error: SecondReaderError | None

    def prediction(self, key: str) -> Prediction | None:
        """Of a view; None where there is none."""
        return self.explained[key][0] if key in self.explained else None


def model_of(scan: Scan) -> Card | None:
    """The model that reads images of a scan's kind: the selected one, else the default; None where none is installed."""
    cards = checkpoints.cards()
    name = worklist.settings().models.get(image_kind(scan))
    return next((c for c in cards if c.name == name), None) or default_card(cards, scan) or next(iter(cards), None)


def chosen_for(scan: Scan) -> Chosen | None:
    """The same where it may score the scan: of the other domain only on the user's word."""
    card = model_of(scan)
    if card is None:
        return None
    foreign = mismatch(card, scan) is not None
    return None if foreign and card.name not in worklist.settings().any_domain else Chosen(card, any_domain=foreign)


def begin(views: Sequence[Case]) -> None:
    """Compute the results of these views in the background."""
    scans = [c.scan for c in views if c.quality.ok]
    if scans and (chosen := chosen_for(scans[0])) is not None:
        audit.record_once("predict", scans, chosen.card.name)
        predictions.compute(scans, chosen)


def progress(views: Sequence[Case]) -> tuple[int, int]:
    """How many of these views are computed, of how many that can be."""
    scans = [c.scan for c in views if c.quality.ok]
    chosen = chosen_for(scans[0]) if scans else None
    return (sum(predictions.computed(scan, chosen) for scan in scans), len(scans)) if chosen else (0, 0)


def explained(case: Case, chosen: Chosen, filter_name: FilterName | None = None) -> Explained:
    """Prediction and heatmaps of a view; the filter is the model's own unless named.

    Raises
    ------
    HiddenResultError
        While the reader has not recorded the read.
    SecondReaderError
        If the model may not or cannot score it.
    """
    _check(case, chosen)
    return predictions.prediction(case.scan, chosen, filter_name)


def under_kernel(case: Case, chosen: Chosen, kernel: Kernel) -> Explained:
    """The same under a custom kernel."""
    _check(case, chosen)
    return predictions.kernel_prediction(case.scan, chosen, kernel)


def stability(case: Case, chosen: Chosen) -> tuple[str, ...]:
    """How the score of a view holds, in sentences; raises as `explained`."""
    _check(case, chosen)
    return predictions.stability(case.scan, chosen)


def of_exam(views: Sequence[Case]) -> ExamResult | None:
    """The result of the views of one exam that can be assessed; None where no model may score them. Raises as `explained`."""
    views = [c for c in views if c.quality.ok]
    chosen = chosen_for(views[0].scan) if views else None
    if chosen is None:
        return None
    found: dict[str, Explained] = {}
    error = None
    for case in views:
        try:
            found[case.key] = explained(case, chosen)
        except SecondReaderError as e:
            error = e
    scored = [ExamView.of(c.scan, found[c.key][0].score) for c in views if c.key in found]
    return ExamResult(chosen, found, exam_score(scored) if scored else None, error)


def ready(views: Sequence[Case]) -> ExamResult | None:
    """The same where it may be shown and was computed; None while it is hidden or being computed."""
    done, of = progress(views)
    return None if done < of or any(worklist.hidden(c) for c in views) else of_exam(views)


def _check(case: Case, chosen: Chosen) -> None:
    """Whether the result may be shown; that it is goes into the audit log, once for an exam."""
    if worklist.hidden(case):
        raise HiddenResultError("the AI result of this exam is hidden until a read is recorded")
    audit.record_once("show", [c.scan for c in worklist.whole_exam(case)] or [case.scan], chosen.card.name)
