"""Open from archive: search by patient ID, accession number, date or study UID, and open a study with its priors."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import SecondReaderError
from core.exchange import require
from core.exchange.settings import Archive
from dashboard.cache.imports import load
from dashboard.phrases import arrivals as text
from dashboard.read import arrivals
from dashboard.session import worklist
from dashboard.session.dialogs import dialog

if TYPE_CHECKING:  # with it come pydicom and requests
    from core.exchange.query import Study

FIRST_DAY = date(1980, 1, 1)


def button() -> None:
    """Draw the button that opens the dialog, where an archive is configured. A run that does not open it drops what it found."""
    archives = arrivals.settings().archives
    _forget()
    if archives and st.button(text.OPEN_FROM, key="open_from_archive", icon=":material/inventory_2:"):
        _dialog(archives)


def _forget() -> None:
    worklist.session().found = None


@dialog(text.OPEN_FROM, width="large")
def _dialog(archives: tuple[Archive, ...]) -> None:
    try:
        require()
    except SecondReaderError as e:
        st.error(str(e))
        return
    with st.form("archive_search", border=False):
        chosen = st.selectbox(text.ARCHIVE, archives, format_func=lambda a: a.name, key="archive") if len(archives) > 1 else archives[0]
        left, right = st.columns(2)
        patient = left.text_input(text.PATIENT_ID, key="archive_patient", autocomplete="off")
        accession = right.text_input(text.ACCESSION, key="archive_accession", autocomplete="off")
        first = left.date_input(text.FROM, None, min_value=FIRST_DAY, key="archive_from", format="YYYY-MM-DD")
        last = right.date_input(text.TO, None, min_value=FIRST_DAY, key="archive_to", format="YYYY-MM-DD")
        uid = st.text_input(text.STUDY_UID, key="archive_uid", autocomplete="off")
        if st.form_submit_button(text.SEARCH, type="primary", key="archive_submit"):
            _search(chosen, patient, accession, uid, first, last)
    if (found := worklist.session().found) is not None:
        _results(chosen, found)


def _search(archive: Archive, patient: str, accession: str, uid: str, first: date | None, last: date | None) -> None:
    load(*arrivals.LATE)
    from core.exchange.dicomweb import DicomWeb
    from core.exchange.query import Query

    _forget()
    try:
        with st.spinner(text.SEARCHING), DicomWeb(archive) as line:
            worklist.session().found = line.search(Query(patient, accession, uid, first, last))
    except SecondReaderError as e:
        st.error(str(e))


def _results(archive: Archive, found: list[Study]) -> None:
    import pandas as pd  # late

    from core.exchange.dicomweb import MAX_STUDIES

    if not found:
        st.info(text.NOTHING_FOUND)
        return
    rows = [(_day(s.date), s.description, s.patient_id, s.patient_name.replace("^", " "), s.accession, s.objects) for s in found]
    table = pd.DataFrame(rows, columns=list(text.COLUMNS))
    chosen = st.dataframe(table, hide_index=True, key="archive_results", on_select="rerun", selection_mode="single-row")
    if len(found) >= MAX_STUDIES:
        st.caption(text.limit(MAX_STUDIES))
    selected = [found[n] for n in chosen.selection.rows] or found[: len(found) == 1]
    if st.button(text.OPEN, key="archive_open", type="primary", disabled=not selected, help=text.OPEN_HELP if selected else text.CHOOSE):
        arrivals.open_study(archive.name, study_uid=selected[0].uid)
        _forget()
        st.rerun()


def _day(value: str) -> str:
    """A DICOM date as YYYY-MM-DD; another as it is."""
    return f"{value[:4]}-{value[4:6]}-{value[6:]}" if len(value) == 8 else value
