"""What stands behind the score of the open case: band, tests of its threshold, sets of classes, and the training images like it."""

from typing import TYPE_CHECKING

import streamlit as st

from core.errors import SecondReaderError
from core.evaluation.metrics.prediction_sets import prediction_set
from dashboard.cache import checkpoints, predictions
from dashboard.session import records

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport, Subgroup

ACROSS = 5


def panel(case, card, any_domain: bool, prediction) -> None:
    """Short lines under the score; the similar images on demand."""
    report = checkpoints.report(card.name)
    lines = [_band(card, prediction), _in_tests(card, report), _set(card, prediction, report), _density(case, report)]
    for line in filter(None, lines):
        st.caption(line)
    try:
        found = predictions.likeness(case.scan, card, any_domain)
    except SecondReaderError as e:
        st.caption(str(e))
        return
    if found is None:
        return
    strange, sentence, near = found
    if strange:
        st.warning(sentence, icon=":material/help:")
    with st.expander("Similar training images"):
        if not strange:
            st.caption(sentence)
        _similar(near, card)


def _band(card, prediction) -> str:
    n, positive = checkpoints.band(card, prediction.score), card.label_space.positive
    return f"Band {n} of 10: tenths of the validation images without “{positive}”, by their score." if n else ""


def _in_tests(card, report: "EvaluationReport | None") -> str:
    if report is None:
        return ""
    e, s = report.metrics["sensitivity"], report.metrics["specificity"]
    return f"At this threshold, in tests: sensitivity {e.text()} of {e.n} images, specificity {s.text()} of {s.n}."


def _set(card, prediction, report: "EvaluationReport | None") -> str:
    found = report.conformal if report else None
    if found is None:
        return ""
    names = prediction_set(prediction.probabilities, found)
    what = " or ".join(names) if names else "none of the classes; the image is unusual for this model"
    return f"With {1 - found.alpha:.0%} promised: {what}. In tests such sets held the truth in {found.coverage.text()}."


def _density(case, report: "EvaluationReport | None") -> str:
    """What was measured in breasts of the density that the reader recorded."""
    recorded = [i.density for i in records.assessments(case) if i.density]
    if not recorded:
        return ""
    number = str("abcd".index(recorded[-1]) + 1)
    groups = report.subgroups if report else ()
    row = next((x for x in groups if x.stratum == "density" and x.value.lower() in (recorded[-1], number)), None)
    if row is None:
        return f"How well it does in breasts of density {recorded[-1]} has not been measured."
    return f"In breasts of density {recorded[-1]}: AUROC {row.auroc.text()} on {row.n} images{_warning(row)}."


def _warning(row: "Subgroup") -> str:
    return f" ({row.warning})" if row.warning else ""


def _similar(near, card) -> None:
    columns = st.columns(ACROSS)
    for n, neighbour in enumerate(near):
        with columns[n % ACROSS]:
            image = checkpoints.case_image(neighbour.sha256, neighbour.case, None) if card.synthetic else None
            if image is not None:
                st.image(image, alt=f"Training image, {neighbour.label}")
            st.text(f"{neighbour.label or 'none'}\n{neighbour.sha256[:8]}")
    about = "Drawn again from their seed." if card.synthetic else "By the first digits of their sha256; their images are not shipped."
    st.caption(
        f"The training images whose features lie nearest, with their truth. {about} Similarity to the network is not likeness to a reader."
    )
