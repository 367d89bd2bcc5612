"""Keeping a case: off until asked for, said in words, opened again from the sidebar, deleted for good."""

import streamlit as st

from core.errors import SecondReaderError, StoreError
from core.folders import saved_folder
from core.store import anything_saved
from dashboard import phrases
from dashboard.cache import predictions
from dashboard.session import records, uploads, worklist


def panel(case, card, any_domain) -> None:
    """Under the open case: keep its exam, or see that it is kept, and delete it. `card` is None where there is no score."""
    views = worklist.whole_exam(case)
    with st.container(border=True, key="keeping"):
        try:
            entry = _entry(views)
            if entry is None:
                _offer(case, views, card, any_domain)
            else:
                _kept(case, views, card, any_domain, entry)
        except StoreError as e:
            _sorry(e)


def shelf() -> None:
    """In the sidebar: the kept cases, to be opened again. Shows no score."""
    box = st.expander("Kept cases", key="kept_cases", on_change="rerun")
    if not box.open:
        return
    from core.store import saved_exams

    with box:
        try:
            entries = saved_exams.entries()
        except StoreError as e:
            _sorry(e)
            return
        if not entries:
            st.caption("No case is kept.")
        for entry in entries:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                words = f"{entry.saved_at:%Y-%m-%d %H:%M}, {entry.label}"
                if st.button(entry.id, key=f"kept_{entry.id}", help="Open this case again", width="stretch"):
                    _open(entry)
                _delete(entry, "")
            st.caption(words)


def _entry(views):
    if not anything_saved():
        return None
    from core.store import saved_exams

    return saved_exams.entry_of([c.scan for c in views])


def _offer(case, views, card, any_domain) -> None:
    looked = _looked(views)
    if st.button("Keep this case", key="keep", icon=":material/save:", width="stretch", help=_what(), disabled=looked is False):
        _keep(case, views, card, any_domain, bool(looked))
    st.caption(phrases.KEEP_OFF)


def _kept(case, views, card, any_domain, entry) -> None:
    from core.store import saved_exams

    predictions, (note, statement) = _predictions(case, views, card, any_domain), records.written(case)
    if saved_exams.update(entry.id, predictions, records.assessments(case), note, statement):
        entry = saved_exams.find(entry.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Kept** as `{entry.id}`", help=_what())
        _delete(entry, "Delete")
    n = (len(entry.views), len(entry.predictions), entry.assessments)
    st.caption(f"{entry.saved_at:%Y-%m-%d %H:%M}. Views: {n[0]}, scores: {n[1]}, impressions: {n[2]}. {phrases.KEEP_FOLLOWS}")
    on_disk = {v.sha256: v.label for v in entry.views}
    if any(on_disk.get(c.key) != c.scan.label for c in views):
        looked = _looked(views)
        if st.button("Keep the new views too", key="keep", icon=":material/save:", width="stretch", disabled=looked is False):
            _keep(case, views, card, any_domain, bool(looked))


def _looked(views) -> bool | None:
    """None where no file warns of burned-in text; else whether the reader has made sure that none names anybody."""
    if not any(c.scan.burned_in for c in views):
        return None
    return st.checkbox(phrases.KEEP_LOOKED, key=f"looked_{views[0].key[:12]}")


def _keep(case, views, card, any_domain, looked) -> None:
    from core.store import saved_exams

    with st.spinner("Keeping the case"):
        predictions = _predictions(case, views, card, any_domain)
        note, statement = records.written(case)
        saved_exams.save([c.scan for c in views], predictions, records.assessments(case), note, statement, looked=looked)
    st.rerun()


def _predictions(case, views, card, any_domain) -> list:
    """Rows of the readings that the page shows; none while the score is hidden."""
    if card is None or worklist.hidden(case):
        return []
    from core.store.records import saved_prediction

    rows = []
    for c in views:
        if c.quality.ok:
            try:
                prediction, _ = predictions.prediction(c.scan, card, any_domain=any_domain)
            except SecondReaderError:
                continue  # its sentence stands where the score would be
            rows.append(saved_prediction(prediction, card, c.scan.pixel_sha256, any_domain))
    return rows


def _open(entry) -> None:
    from core.store import saved_exams

    try:
        kept = saved_exams.open_saved(entry.id)
    except StoreError as e:
        _sorry(e)
        return
    uploads.reopen(kept.id, kept.scans, kept.assessments, kept.note, kept.structured_report)
    st.rerun()


def _delete(entry, label) -> None:
    """A button that asks once more."""
    with st.popover(label, icon=":material/delete:", help=f"Delete the kept case {entry.id}", key=f"ask_{label}{entry.id}"):
        st.caption(phrases.KEEP_GONE)
        if st.button("Delete for good", key=f"delete_{label}{entry.id}", type="primary", width="stretch"):
            _gone(entry)


def _gone(entry) -> None:
    from core.store import saved_exams

    try:
        saved_exams.delete(entry.id)
    except StoreError as e:
        _sorry(e)
        return
    worklist.forget([v.sha256 for v in entry.views])
    predictions.forget_scans()
    st.rerun()


def _what() -> str:
    return phrases.KEEP_WHAT.format(folder=str(saved_folder()).replace("`", "'"))


def _sorry(e: StoreError) -> None:
    st.warning("Kept cases", icon=":material/error:")
    st.text(e.what)
    st.text(e.remedy)
