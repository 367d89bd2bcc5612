"""What was recorded and written about the open exams: impressions, marks, notes, reports. It lies on the browser's desk."""

from datetime import datetime

import streamlit as st

from core.exams.assessment import Assessment, Finding
from dashboard.session.worklist import Case, cases, desk


def shown(exam: str) -> datetime | None:
    """When an exam was first looked at."""
    return desk().shown.get(exam)


def done() -> dict:
    """Exams of the reading test that were finished and closed, as `core.exams.reader_study.StudyCase` by key."""
    return desk().done


def assessments(case: Case) -> tuple[Assessment, ...]:
    """What the reader recorded of a case's exam, oldest first."""
    return desk().assessments.get(case.exam, ())


def all_assessments() -> dict[str, tuple[Assessment, ...]]:
    """The same for every exam, by its key."""
    return desk().assessments


def record(exam: str, assessment: Assessment) -> None:
    """Add an impression; earlier ones stay. By the exam's key: Streamlit holds on to the arguments of callbacks, and a Case has pixels."""
    told = desk().assessments
    told[exam] = (*told.get(exam, ()), assessment)
    desk().drafts.pop(exam, None)


def draft(exam: str) -> dict:
    """What stands in the form of an impression that is not recorded yet."""
    return desk().drafts.get(exam, {})


def keep_draft(exam: str, fields: dict) -> None:
    """Keep what stands in it, or drop it where nothing does."""
    if any(v not in (None, "") for v in fields.values()):
        desk().drafts[exam] = fields
    else:
        desk().drafts.pop(exam, None)


def marks(case: Case) -> tuple[tuple[float, float, float, float], ...]:
    """The reader's ellipses on a view, (x, y, width, height) in pixels."""
    return desk().marks.get(case.key, ())


def findings(exam: str) -> tuple[Finding, ...]:
    """The marks on all open views of an exam."""
    out = []
    for c in [c for c in cases() if c.exam == exam]:
        for x, y, width, height in marks(c):
            mm = (width * c.scan.spacing_mm[1], height * c.scan.spacing_mm[0]) if c.scan.spacing_mm else None
            out.append(Finding(c.key[:16], c.scan.label, x, y, width, height, mm))
    return tuple(out)


def note(case: Case) -> str:
    """What was written about a case's exam in this session; "" where nothing was."""
    return desk().notes.get(case.exam, "")


def keep_note(exam: str, widget: str) -> None:
    """Keep what stands in a text box as the note of an exam, in place of an earlier one."""
    desk().notes[exam] = st.session_state[widget]


def written(case: Case) -> tuple[str | None, dict[str, str] | None]:
    """Note and structured report of a case's exam; None for what was not touched in this session, so that a kept one outlives it."""
    return desk().notes.get(case.exam), desk().statements.get(case.exam)


def statement(case: Case) -> dict[str, str]:
    """What the reader wrote into the structured report of a case's exam, by section."""
    return desk().statements.get(case.exam, {})


def state(exam: str, section: str, widget: str) -> None:
    """Take a section of it from its widget."""
    written = desk().statements.get(exam, {})
    desk().statements[exam] = written | {section: st.session_state[widget]}


def left_behind() -> int:
    """Of how many exams that are not open something was recorded or written in this browser: a refresh closed them."""
    return len(desk().written() - {c.exam for c in cases()})


def forget_left_behind() -> None:
    """Drop that, with the times and the finished exams of the reading test."""
    for exam in desk().written() - {c.exam for c in cases()}:
        desk().forget(exam)
    if not cases():
        desk().clear()
