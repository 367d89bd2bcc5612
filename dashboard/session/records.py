"""What was recorded and written about the open exams: assessments, marks, notes, reports. It lies in the browser's workspace."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import streamlit as st

from core.exams.assessment import Assessment, Finding
from core.exams.exam import exam_key
from dashboard.session.worklist import Case, cases, session, take_change, workspace
from dashboard.session.workspace import Draft, Ellipses

if TYPE_CHECKING:
    from core.exams.reader_study import StudyCase  # late: it brings scipy


def first_viewed(exam: str) -> datetime | None:
    """When an exam was first looked at."""
    return workspace().first_viewed.get(exam)


def finished() -> dict[str, StudyCase]:
    """Exams of the reading test that were read and closed, by key."""
    return workspace().finished


def assessments(case: Case) -> tuple[Assessment, ...]:
    """What the reader recorded of a case's exam, oldest first."""
    return workspace().assessments.get(case.exam, ())


def all_assessments() -> dict[str, tuple[Assessment, ...]]:
    """The same for every exam, by its key."""
    return workspace().assessments


def record(exam: str, assessment: Assessment) -> None:
    """Add an assessment; earlier ones stay. Nothing is added where another tab has written since this one showed the exam.

    By the exam's key: Streamlit holds on to the arguments of callbacks, and a Case has pixels.
    """
    if not take_change(exam):
        return
    recorded = workspace().assessments
    recorded[exam] = (*recorded.get(exam, ()), assessment)
    workspace().drafts.pop(exam, None)


def draft(exam: str) -> Draft:
    """Fields of an assessment that is not recorded yet."""
    return workspace().drafts.get(exam, {})


def set_draft(exam: str, fields: Draft) -> None:
    """Remember these fields, or nothing where all are empty."""
    found = fields if any(v not in (None, "") for v in fields.values()) else Draft()
    if found == draft(exam) or not take_change(exam):
        return
    if found:
        workspace().drafts[exam] = found
    else:
        workspace().drafts.pop(exam, None)


def marks(case: Case) -> Ellipses:
    """The reader's ellipses on a view, (x, y, width, height) in pixels."""
    return workspace().marks.get(case.key, ())


def set_marks(case: Case, ellipses: Ellipses) -> None:
    """Take the ellipses that the viewer of this tab holds for a view, where they are others than before."""
    applied = session().applied_marks
    if applied.get(case.key, ()) != ellipses:
        applied[case.key] = ellipses
        if take_change(case.exam):
            workspace().marks[case.key] = ellipses


def findings(exam: str) -> tuple[Finding, ...]:
    """The marks on all open views of an exam."""
    out: list[Finding] = []
    for c in [c for c in cases() if c.exam == exam]:
        for x, y, width, height in marks(c):
            mm = (width * c.scan.spacing_mm[1], height * c.scan.spacing_mm[0]) if c.scan.spacing_mm else None
            out.append(Finding(c.key[:16], c.scan.label, x, y, width, height, mm))
    return tuple(out)


def note(case: Case) -> str:
    """What was written about a case's exam in this session; "" where nothing was."""
    return workspace().notes.get(case.exam, "")


def take_note(exam: str, widget: str) -> None:
    """Take the note of an exam from its text box, in place of an earlier one."""
    if take_change(exam):
        workspace().notes[exam] = st.session_state[widget]


def written(case: Case) -> tuple[str | None, dict[str, str] | None]:
    """Note and structured report of a case's exam; None for what was not touched in this session, so that a saved one stays."""
    return workspace().notes.get(case.exam), workspace().statements.get(case.exam)


def statement(case: Case) -> dict[str, str]:
    """What the reader wrote into the structured report of a case's exam, by section."""
    return workspace().statements.get(case.exam, {})


def take_section(exam: str, section: str, widget: str) -> None:
    """Take a section of the structured report from its widget."""
    if take_change(exam):
        written = workspace().statements.get(exam, {})
        workspace().statements[exam] = written | {section: st.session_state[widget]}


def _unopened() -> set[str]:
    """Exams with records that are not open; records of a view that was read alone and joined an exam since stay with the view."""
    alone = {key for c in cases() for key in (c.exam, c.key, exam_key(c.scan))}
    return workspace().written() - alone


def unopened() -> int:
    """How many exams of this browser have records and are not open: their images were closed."""
    return len(_unopened())


def discard_unopened() -> None:
    """Drop their records, with the times and the finished exams of the reading test."""
    for exam in _unopened():
        workspace().forget(exam)
    if not cases():
        workspace().clear()
