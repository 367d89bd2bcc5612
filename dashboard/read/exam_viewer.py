"""The open view and the rest of its exam, with its prior, as the viewer takes them."""

from collections.abc import Sequence

from core.exams.exam import hanging_kind
from core.exams.prior import interval, prior_of
from dashboard.cache import pixels, predictions
from dashboard.cache.keys import Chosen
from dashboard.session import records, worklist
from dashboard.session.worklist import Case
from dashboard.viewer.component import viewer
from dashboard.viewer.study import ID, Prior, describe, joint_scales


def render(case: Case, views: Sequence[Case], chosen: Chosen | None) -> None:
    """Mount the viewer: the open view among those of its kind (spot, implant-displaced and raw views hang apart).

    Of hidden views nothing that a model said is sent, and no ground truth.
    """
    same_kind = [c for c in views if hanging_kind(c.scan) == hanging_kind(case.scan)]
    shown = same_kind if case in same_kind else [case]
    ledger, browser = pixels.ledger(), pixels.browser() or ""
    explained = {}
    for c in shown:
        if worklist.hidden(c):
            ledger.close(c.key, "heat")
        elif chosen is not None:
            explained[c.key] = predictions.prediction(c.scan, chosen)
    joint = joint_scales([maps for _, maps in explained.values()])
    described = []
    for c in shown:
        prediction, maps = explained.get(c.key, (None, {}))
        view = describe(c, ledger, browser, f"{prediction.score:.2f}" if prediction else None, maps, joint, records.marks(c))
        if worklist.hidden(c):
            view["truth"] = []
        described.append(view)
    viewer(
        {
            "key": case.exam[:ID],
            "open": case.key[:ID],
            "views": described,
            "heatLabel": chosen.card.label_space.positive if chosen else None,
            "blind": worklist.hidden(case),
            "hanging": "exam",
            "prior": _prior(case, ledger, browser),
        }
    )


def _prior(case: Case, ledger: pixels.Ledger, browser: str) -> Prior | None:
    """The mammograms of the latest earlier exam, without score, heatmap or truth; None where none is open."""
    found = prior_of(case.scan, [c.scan for c in worklist.cases()])
    if found is None:
        return None
    views = [describe(c, ledger, browser, None, {}, {}) for c in worklist.cases() if c.exam == found[0]]
    for view in views:
        view["truth"] = []
    return {"interval": interval(found[1]), "views": views}
