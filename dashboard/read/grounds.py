"""What stands behind the score of the open case: band, tests of its threshold, sets of classes, and the training pictures like it."""

import streamlit as st

from core.errors import SecondReaderError
from core.evaluation.conformal import set_of
from dashboard import phrases, readings, resources
from dashboard.session import records

ACROSS = 5


def panel(case, card, any_domain: bool, reading) -> None:
    """Short lines under the score; the similar pictures on demand."""
    report = resources.report(card.name) or {}
    lines = [_band(card, reading), _in_tests(card, report), _set(card, reading, report), _density(case, report)]
    for line in filter(None, lines):
        st.caption(line)
    try:
        found = readings.likeness(case.scan, card, any_domain)
    except SecondReaderError as e:
        st.caption(str(e))
        return
    if found is None:
        return
    strange, sentence, near = found
    if strange:
        st.warning(sentence, icon=":material/help:")
    with st.expander("Similar training pictures"):
        if not strange:
            st.caption(sentence)
        _similar(near, card)


def _band(card, reading) -> str:
    n, positive = resources.band(card, reading.score), card.label_space.positive
    return f"Band {n} of 10: tenths of the validation images without “{positive}”, by their score." if n else ""


def _in_tests(card, report: dict) -> str:
    metrics = report.get("metrics")
    if not metrics:
        return ""
    e, s = metrics["sensitivity"], metrics["specificity"]
    return (
        f"At this threshold, in tests: sensitivity {phrases.estimate(e)} of {e['n']} images, specificity {phrases.estimate(s)} of {s['n']}."
    )


def _set(card, reading, report: dict) -> str:
    found = report.get("conformal")
    if not found:
        return ""
    names = set_of(reading.probabilities, found)
    what = " or ".join(names) if names else "none of the classes; the picture is unusual for this model"
    return f"With {1 - found['alpha']:.0%} promised: {what}. In tests such sets held the truth in {phrases.estimate(found['coverage'])}."


def _density(case, report: dict) -> str:
    """What was measured in breasts of the density that the reader recorded."""
    recorded = [i.density for i in records.impressions(case) if i.density]
    if not recorded:
        return ""
    number = str("abcd".index(recorded[-1]) + 1)
    row = next((x for x in report.get("subgroups", ()) if x["by"] == "density" and x["group"].lower() in (recorded[-1], number)), None)
    if row is None:
        return f"How well it does in breasts of density {recorded[-1]} has not been measured."
    return f"In breasts of density {recorded[-1]}: AUROC {phrases.estimate(row['auroc'])} on {row['n']} images{_mind(row)}."


def _mind(row: dict) -> str:
    return f" ({row['warning']})" if row["warning"] else ""


def _similar(near, card) -> None:
    columns = st.columns(ACROSS)
    for n, neighbour in enumerate(near):
        with columns[n % ACROSS]:
            picture = resources.case_picture(neighbour.sha256, neighbour.case, None) if card.synthetic else None
            if picture is not None:
                st.image(picture, alt=f"Training picture, {neighbour.label}")
            st.text(f"{neighbour.label or 'none'}\n{neighbour.sha256[:8]}")
    about = "Drawn again from their seed." if card.synthetic else "By the first digits of their sha256; their pictures are not shipped."
    st.caption(
        f"The training pictures whose features lie nearest, with their truth. {about} Likeness to the network is not likeness to a reader."
    )
