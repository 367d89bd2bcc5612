"""The open exam in the viewer: the open view among those of its kind, and the prior."""

from collections.abc import Sequence

from core.exams.exam import hanging_kind
from core.exams.prior import interval, prior_of
from dashboard import phrases
from dashboard.cache import checkpoints, pixels
from dashboard.read import independent_read, left_right
from dashboard.session import records, worklist
from dashboard.session.ai_result import ExamResult
from dashboard.session.worklist import Case
from dashboard.viewer.component import Reading, viewer
from dashboard.viewer.study import ID, Prior, View, describe


def hung_with(case: Case, views: Sequence[Case]) -> list[Case]:
    """The views of an exam that hang with the open one, itself included: those of its kind.

    Spot, implant-displaced and raw views hang apart; a view that cannot be assessed hangs alone.
    """
    same_kind = [c for c in views if c.quality.ok and hanging_kind(c.scan) == hanging_kind(case.scan)]
    return same_kind if case in same_kind else [case]


def render(case: Case, views: Sequence[Case], result: ExamResult | None) -> None:
    """Mount the viewer with the views that hang together. Of hidden views nothing that a model said is sent, and no ground truth."""
    shown = hung_with(case, views)
    ledger, browser = pixels.ledger(), pixels.browser() or ""
    described = [_view(c, result, ledger, browser) for c in shown]
    overlays = left_right.overlays(shown, ledger, browser)
    for c, view in zip(shown, described, strict=True):
        view["asymmetry"] = overlays.get(c.key)
    exam = worklist.current_exam()
    viewer(
        {
            "key": case.exam[:ID],
            "open": case.key[:ID],
            "views": described,
            "heatLabel": result.chosen.card.label_space.positive if result else None,
            "blind": worklist.hidden(case),
            "hanging": "exam",
            "steps": [c.key[:ID] for c in exam.views] if exam else [case.key[:ID]],
            "presenter": worklist.settings().presenter,
            "prior": _prior(case, ledger, browser),
        },
        Reading(independent_read.choose_category, independent_read.choose_density, independent_read.record_or_next),
    )


def _view(case: Case, result: ExamResult | None, ledger: pixels.Ledger, browser: str) -> View:
    marks = records.marks(case)
    if worklist.hidden(case):
        ledger.close(case.key, "heat")
        return describe(case, ledger, browser, None, {}, marks) | {"truth": []}
    if result is None or case.key not in result.explained:
        return describe(case, ledger, browser, None, {}, marks)
    prediction, maps = result.explained[case.key]
    score = phrases.decimal(prediction.score, prediction.threshold)
    return describe(case, ledger, browser, score, checkpoints.evidence(result.chosen.card, prediction, maps), marks)


def _prior(case: Case, ledger: pixels.Ledger, browser: str) -> Prior | None:
    """The mammograms of the latest earlier exam, without score, heatmap or truth; None where none is open."""
    found = prior_of(case.scan, [c.scan for c in worklist.cases()])
    if found is None:
        return None
    views = [describe(c, ledger, browser, None, {}) for c in worklist.cases() if c.exam == found[0]]
    for view in views:
        view["truth"] = []
    return {"interval": interval(found[1]), "views": views}
