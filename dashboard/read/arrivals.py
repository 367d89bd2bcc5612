"""What comes from archives and the inbox: its progress, its failures, and its way onto the worklist without disturbing the reader."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.errors import SecondReaderError
from core.exchange import available, require
from core.exchange.settings import ExchangeSettings, load_settings
from core.folders import exchange_file
from dashboard import phrases
from dashboard.cache.imports import load
from dashboard.phrases import arrivals as text
from dashboard.session import uploads, worklist
from dashboard.session.incoming import Job
from dashboard.session.worklist import MAX_CASES

LATE = ("core.scans.dicom", "core.exchange.retrieval")  # an empty page is up without pydicom and requests, and threads need them whole
BUSY_S, IDLE_S = 1.0, 5.0  # seconds between two looks
STUDY, ACCESSION, ARCHIVE = "StudyInstanceUID", "AccessionNumber", "archive"  # of a deep link


def settings() -> ExchangeSettings:
    """The settings of the exchange; the defaults, with a message, where their file is wrong."""
    try:
        return load_settings()
    except SecondReaderError as e:
        worklist.session().message = str(e)
        return ExchangeSettings()


def follow_link() -> None:
    """Open the study that the page's address names, and take it out of the address: a screenshot or a bookmark does not hold it."""
    given = {key: st.query_params.pop(key, "") for key in (STUDY, ACCESSION, ARCHIVE)}
    if given[STUDY] or given[ACCESSION]:
        now = worklist.session()
        now.selected, now.linked = None, True  # until it is here, no other patient's exam is shown
        open_study(given[ARCHIVE] or None, study_uid=given[STUDY], accession=given[ACCESSION])


def open_study(archive: str | None, study_uid: str = "", accession: str = "") -> None:
    """Fetch a study in the background; this session shows it once it is here."""
    now = worklist.session()
    try:
        require()
        chosen = settings().archive(archive)
        load(*LATE)
        from core.exchange.query import Query
        from core.exchange.retrieval import Retrieval

        query = Query(study_uid=study_uid, accession=accession)
        query.filters()
    except SecondReaderError as e:
        now.message = str(e)
        return
    now.awaited = now.workspace.incoming.fetch(Retrieval(chosen, query), uploads.read_case)


def render() -> None:
    """Draw what is coming; where nothing is and nothing can, nothing."""
    incoming = worklist.workspace().incoming
    inbox = settings().inbox.folder
    if incoming.jobs or incoming.busy or worklist.session().awaited or exchange_file().is_file() or inbox.is_dir():
        st.fragment(_look, run_every=BUSY_S if incoming.busy else IDLE_S)(inbox)


def _look(inbox: Path) -> None:
    """Take what has come; the page is drawn again only where that changed it. What comes waits until an open dialog is closed."""
    incoming = worklist.workspace().incoming
    if not worklist.session().dialog and _take(inbox):
        st.rerun(scope="app")
    for n, job in enumerate(incoming.jobs):
        _job(n, job)
    if incoming.waiting:
        st.caption(text.waiting(incoming.waiting, MAX_CASES))


def _take(inbox: Path) -> bool:
    """Put what has come onto the worklist; whether that, or whether something still comes, has changed."""
    incoming = worklist.workspace().incoming
    busy = incoming.busy
    if inbox.is_dir() and available():
        load(*LATE)
        from core.exchange.inbox import studies

        room = MAX_CASES - len(worklist.cases())
        found = [study.files for study in studies(settings().inbox)]
        incoming.take_received(found, text.INBOX, room, uploads.read_case)
    came = incoming.collect()
    for arrived in came:
        uploads.take(arrived)
    return _show_awaited() or bool(came) or busy != incoming.busy


def _show_awaited() -> bool:
    """Open the exam that this session waits for, where it has come."""
    now = worklist.session()
    exam = now.awaited.exam if now.awaited else None
    if exam is None or exam not in {c.exam for c in worklist.cases()}:
        return False
    worklist.open_exam(exam)
    now.awaited, now.linked = None, False
    return True


def _job(n: int, job: Job) -> None:
    incoming, archive = worklist.workspace().incoming, job.retrieval.archive.name
    with st.container(key=f"arrival_{n}", gap="small"):
        if job.status == "running":
            st.progress(job.here / max(1, job.count), phrases.escaped(text.coming(archive, job.here, job.count, job.size)))
            st.button(text.STOP, key=f"stop_arrival_{n}", icon=":material/stop:", on_click=job.stop)
            return
        st.text(job.sentence or text.stopped(archive, job.here, job.count))
        with st.container(horizontal=True, gap="small"):
            again = (job, uploads.read_case)
            st.button(text.RESUME, key=f"resume_{n}", type="primary", on_click=incoming.resume, args=again, help=text.RESUME_HELP)
            st.button(text.DISCARD, key=f"discard_{n}", on_click=incoming.discard, args=(job,))
