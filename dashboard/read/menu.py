"""The menu of the open exam: save, export, side and view, report text, remove. Each opens a drawer or acts at once."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.images.render import export_png
from dashboard.phrases import read as text
from dashboard.phrases.exchange import EXPORT_DICOM
from dashboard.read import export_dicom, image_details, saving
from dashboard.session import ai_result, audit, worklist
from dashboard.session.dialogs import dialog
from dashboard.session.worklist import Case, OpenExam
from dashboard.viewer import plain


def render(case: Case, exam: OpenExam) -> None:
    """Draw the button; what was chosen runs at once."""
    actions: dict[str, Callable[[], None]] = {
        text.SAVE_EXAM: partial(_save, case),
        text.EXPORT: partial(_export, case),
        EXPORT_DICOM: partial(export_dicom.show, case, exam),
        text.SET_VIEW: partial(image_details.set_view, case),
        text.REMOVE_VIEW: partial(_remove, [case]),
        text.REMOVE_EXAM: partial(_remove, exam.views),
    }
    chosen = st.menu_button("", list(actions), key="exam_menu", icon=":material/more_horiz:", type="tertiary", help=text.MENU)
    if chosen is not None:
        actions[chosen]()


@dialog(text.SAVE_EXAM)
def _save(case: Case) -> None:
    saving.render(case)


@dialog(text.EXPORT)
def _export(case: Case) -> None:
    """The whole mammogram as a PNG, with the heatmap where that is wanted and may be shown."""
    chosen = ai_result.chosen_for(case.scan)
    found = None if chosen is None or worklist.hidden(case) or not case.quality.ok else ai_result.explained(case, chosen)
    heat = found is not None and st.toggle(text.HEATMAP, key="export_heat")

    def make() -> bytes:
        if chosen is None or found is None:
            return export_png(case.scan, None, plain.OPACITY, "")
        evidence = checkpoints.evidence(chosen.card, *found)[chosen.card.label_space.positive] if heat else None
        words = f"{chosen.card.name} {phrases.score(found[0].score, found[0].threshold)}"
        return export_png(case.scan, evidence, plain.OPACITY, words)

    name = f"second-reader-{case.key[:12]}.png"
    st.download_button(
        text.SAVE_IMAGE,
        audit.exported(make, [case.scan], "PNG"),
        name,
        "image/png",
        key="export",
        on_click="ignore",
        width="stretch",
        icon=":material/download:",
    )
    st.caption(text.SAVE_IMAGE_HELP)


def _remove(views: list[Case] | tuple[Case, ...]) -> None:
    for case in views:
        worklist.remove(case.key)
    st.rerun()
