"""My read: the reader's assessment of an exam, recorded before the AI result is shown, and amended after."""

from datetime import datetime
from typing import NamedTuple

import streamlit as st

from core.exams.assessment import CATEGORIES, DENSITIES, Assessment
from dashboard.phrases import read as text
from dashboard.session import records, worklist
from dashboard.session.workspace import Draft


class FormKeys(NamedTuple):
    """Keys of the form's widgets."""

    category: str
    density: str
    note: str


def form_keys(exam: str) -> FormKeys:
    """Of an exam's form: each read and each amendment has its own widgets, so that no field shows what was recorded before.

    So has each choice by a key of the viewer: a widget whose old value is still on its way from the browser would undo it.
    """
    n, choices = len(_recorded(exam)), st.session_state.get(_choices_key(exam), 0)
    form = f"{n}-{choices}" if choices else str(n)
    return FormKeys(*(f"assessment_{name}_{form}_{exam[:16]}" for name in FormKeys._fields))


def choose_category(exam: str, category: int) -> None:
    """Choose a BI-RADS category, 0 to 6, in the form of an exam, which opens where the exam is read already."""
    _choose(exam, Draft(category=category))


def choose_density(exam: str, density: str) -> None:
    """The same for the density, "a" to "d"."""
    _choose(exam, Draft(density=density))


def record_or_next(exam: str) -> None:
    """Record the form of an exam; where nothing waits to be recorded, open the next exam."""
    if _recorded(exam) and not amending(exam):
        worklist.step_exam(1)
    else:
        _record(exam)


def amending(exam: str) -> bool:
    """Whether the form of an exam that is read is open."""
    return bool(st.session_state.get(_amend_key(exam))) or bool(records.draft(exam))


def render(exam: str) -> None:
    """The card: the form, or what was recorded and a button that amends it."""
    with st.container(border=True, key="my_read", gap="small"):
        _card(exam)


@st.fragment
def _card(exam: str) -> None:
    """A fragment: choosing draws the card again, and recording the page."""
    if worklist.changed_elsewhere(exam):
        st.rerun()  # the whole page shows, and says, what another tab has written
    recorded = _recorded(exam)
    st.markdown(f"**{text.MY_READ}**")
    if not recorded or amending(exam):
        _form(exam, first=not recorded)
        return
    history = "  \n".join(a.sentence for a in recorded)
    st.text(summary(recorded[-1]), help=history)
    st.button(text.AMEND, key="amend", on_click=worklist.set_state, args=(_amend_key(exam), True), width="stretch")


def summary(assessment: Assessment) -> str:
    """A record in few words, e.g. "BI-RADS 4 · density c · 1 finding"."""
    if assessment.category is None:
        return text.NO_CATEGORY
    density = f"density {assessment.density}" if assessment.density else ""
    parts = (f"BI-RADS {assessment.category}", density, text.findings(len(assessment.findings)))
    return "\n".join(filter(None, (" · ".join(filter(None, parts)), assessment.note)))


def _form(exam: str, first: bool) -> None:
    """Fields are taken as they change, so that a refresh of the page finds them again."""
    keys = form_keys(exam)
    for key, value in zip(keys, _values(_filled(exam)), strict=True):
        if key not in st.session_state:
            worklist.set_state(key, value)
    category = st.segmented_control(text.CATEGORY, CATEGORIES, key=keys.category, width="stretch")
    density = st.segmented_control(text.DENSITY, DENSITIES, key=keys.density, width="stretch")
    note = st.text_input(text.NOTE, key=keys.note, max_chars=500)
    records.set_draft(exam, Draft(category=category, density=density, note=note))
    if found := records.findings(exam):
        st.caption("; ".join(f.sentence for f in found))
    with st.container(horizontal=True):
        if st.button(text.RECORD, key="record", icon=":material/check:", type="primary", width="stretch") and _record(exam):
            st.rerun()
        if first and st.button(text.SKIP, key="skip", help=text.SKIP_HELP):
            skip(exam)
            st.rerun()
        if not first:
            st.button(text.CANCEL, key="cancel_amend", on_click=_close, args=(exam,))


def _recorded(exam: str) -> tuple[Assessment, ...]:
    return records.all_assessments().get(exam, ())


def _filled(exam: str) -> Draft:
    """What the form starts with: the draft, or of an exam that is read its last assessment."""
    draft, recorded = records.draft(exam), _recorded(exam)
    if draft or not recorded:
        return draft
    return Draft(category=recorded[-1].category, density=recorded[-1].density, note=recorded[-1].note)


def _choose(exam: str, field: Draft) -> None:
    records.set_draft(exam, _held(exam) | field)
    worklist.set_state(_choices_key(exam), st.session_state.get(_choices_key(exam), 0) + 1)


def _held(exam: str) -> Draft:
    """What the form holds now: what its widgets show, and where they are not drawn yet, what they will start with."""
    start = zip(form_keys(exam), _values(_filled(exam)), strict=True)
    category, density, note = (st.session_state.get(key, value) for key, value in start)
    return Draft(category=category, density=density, note=note or "")


def _values(draft: Draft) -> tuple[int | None, str | None, str]:
    """In the order of `FormKeys`."""
    return draft.get("category"), draft.get("density"), draft.get("note", "")


def _record(exam: str) -> bool:
    """Add the form as an assessment; False where it has no category."""
    category, density, note = _values(_held(exam))
    if category is None:
        st.toast(text.CATEGORY_MISSING, icon=":material/info:")
        return False
    shown = not any(worklist.hidden(c) for c in worklist.cases() if c.exam == exam)
    assessment = Assessment(category, density, note.strip(), _now(), shown, records.findings(exam))
    _close(exam)
    records.record(exam, assessment)
    return True


def skip(exam: str) -> None:
    """Record that the reader goes to the AI result without a read."""
    records.record(exam, Assessment(None, None, "", _now(), False))


def _close(exam: str) -> None:
    """Close the form without recording it."""
    for key in form_keys(exam):
        worklist.drop_state(key)
    worklist.drop_state(_amend_key(exam))
    records.set_draft(exam, Draft())


def _amend_key(exam: str) -> str:
    return f"amend_{exam[:16]}"


def _choices_key(exam: str) -> str:
    return f"choices_{exam[:16]}"


def _now() -> datetime:
    return datetime.now().replace(microsecond=0)
