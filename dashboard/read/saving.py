"""Saving an exam: off by default, opened again from the sidebar, deleted permanently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import StoreError
from core.folders import saved_folder
from core.store import anything_saved
from dashboard.cache import predictions
from dashboard.phrases import read as text
from dashboard.session import ai_result, audit, records, uploads, worklist
from dashboard.session.worklist import Case

if TYPE_CHECKING:  # with it comes the database, and the first page is up without it
    from core.store.records import SavedPrediction
    from core.store.saved_exams import Entry


def render(case: Case) -> None:
    """Save the exam of the open view, or see that it is saved, and delete it."""
    views = worklist.whole_exam(case)
    with st.container(border=True, key="saving"):
        place = st.empty()  # once saved, the offer gives way to what was saved
        try:
            entry = _entry(views)
            if entry is None:
                with place.container():
                    entry = _offer(case, views)
            if entry is not None:
                with place.container():
                    _saved(case, views, entry)
        except StoreError as e:
            _failed(e)


def follow(case: Case) -> None:
    """Add to a saved exam what was recorded and scored since; draws nothing unless that fails."""
    views = worklist.whole_exam(case)
    try:
        if (entry := _entry(views)) is not None:
            _update(case, views, entry)
    except StoreError as e:
        _failed(e)


def _update(case: Case, views: Sequence[Case], entry: Entry) -> Entry:
    from core.store import saved_exams

    note, statement = records.written(case)
    changed = saved_exams.update(entry.id, _predictions(views), records.assessments(case), note, statement)
    return saved_exams.find(entry.id) if changed else entry


def shelf() -> None:
    """In the sidebar: the saved exams, to be opened again. Shows no score."""
    box = st.expander(text.SAVED_EXAMS, key="saved_exams", on_change="rerun")
    if not box.open:
        return
    from core.store import saved_exams

    with box:
        try:
            entries = saved_exams.entries()
        except StoreError as e:
            _failed(e)
            return
        if not entries:
            st.caption(text.NONE_SAVED)
        for entry in entries:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                if st.button(entry.id, key=f"saved_{entry.id}", help=text.OPEN_SAVED, width="stretch"):
                    _open(entry)
                _delete(entry, "")
            st.caption(f"{entry.saved_at:%Y-%m-%d %H:%M}, {entry.label}")


def _entry(views: Sequence[Case]) -> Entry | None:
    if not anything_saved():
        return None
    from core.store import saved_exams

    return saved_exams.entry_of([c.scan for c in views])


def _offer(case: Case, views: Sequence[Case]) -> Entry | None:
    """The button that saves; the entry, where it was pressed."""
    checked = _checked(views)
    pressed = st.button(text.SAVE_EXAM, key="save", icon=":material/save:", width="stretch", help=_what(), disabled=checked is False)
    st.caption(text.NOT_SAVED)
    return _save(case, views, bool(checked)) if pressed else None


def _saved(case: Case, views: Sequence[Case], entry: Entry) -> None:
    entry = _update(case, views, entry)
    summary = st.container()
    on_disk = {v.sha256: v.label for v in entry.views}
    if any(on_disk.get(c.key) != c.scan.label for c in views):
        checked = _checked(views)
        if st.button(text.SAVE_NEW_VIEWS, key="save", icon=":material/save:", width="stretch", disabled=checked is False):
            entry = _save(case, views, bool(checked)) or entry
    with summary:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**Saved** as `{entry.id}`", help=_what())
            _delete(entry, text.DELETE)
        n = text.SAVED_COUNTS.format(views=len(entry.views), scores=len(entry.predictions), reads=entry.assessments)
        st.caption(f"{entry.saved_at:%Y-%m-%d %H:%M}. {n}. {text.SAVE_FOLLOWS}")


def _checked(views: Sequence[Case]) -> bool | None:
    """None where no file warns of burned-in text; else whether the reader has made sure that none names anybody."""
    if not any(c.scan.burned_in for c in views):
        return None
    return st.checkbox(text.SAVE_CHECKED, key=f"checked_{views[0].key[:12]}")


def _save(case: Case, views: Sequence[Case], checked: bool) -> Entry | None:
    from core.store import saved_exams

    with st.spinner(text.SAVING):
        note, statement = records.written(case)
        found = _predictions(views)
        saved_exams.save([c.scan for c in views], found, records.assessments(case), note, statement, looked=checked)
    return _entry(views)


def _predictions(views: Sequence[Case]) -> list[SavedPrediction]:
    """Rows of the predictions that the page shows; none while the AI result is hidden."""
    found = ai_result.ready(views)
    if found is None:
        return []
    from core.store.records import saved_prediction

    card, foreign = found.chosen.card, found.chosen.any_domain
    return [saved_prediction(found.explained[c.key][0], card, c.scan.pixel_sha256, foreign) for c in views if c.key in found.explained]


def _open(entry: Entry) -> None:
    from core.store import saved_exams

    try:
        saved = saved_exams.open_saved(entry.id)
    except StoreError as e:
        _failed(e)
        return
    uploads.reopen(saved)
    st.rerun()


def _delete(entry: Entry, label: str) -> None:
    """A button that asks once more."""
    with st.popover(label, icon=":material/delete:", help=f"{text.DELETE} {entry.id}", key=f"ask_{label}{entry.id}"):
        st.caption(text.DELETE_WHAT)
        if st.button(text.DELETE_CONFIRM, key=f"delete_{label}{entry.id}", type="primary", width="stretch"):
            _deleted(entry)


def _deleted(entry: Entry) -> None:
    from core.store import saved_exams

    audit.record("delete", images=[v.sha256 for v in entry.views], detail=entry.id)
    try:
        saved_exams.delete(entry.id)
    except StoreError as e:
        _failed(e)
        return
    worklist.forget([v.sha256 for v in entry.views])
    predictions.forget_scans()
    st.rerun()


def _what() -> str:
    return text.SAVE_WHAT.format(folder=str(saved_folder()).replace("`", "'"))


def _failed(e: StoreError) -> None:
    st.warning(text.SAVED_EXAMS, icon=":material/error:")
    st.text(e.what)
    st.text(e.remedy)
