"""The open cases of one browser session. The only file that assigns st.session_state."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

import streamlit as st

from core.exams.exam import exam_key
from core.scans import Quality, Scan
from core.scans.scan import Laterality
from core.scans.views import View
from dashboard.cache import pixels
from dashboard.session import workspace as workspaces
from dashboard.session.view_settings import ViewSettings
from dashboard.session.workspace import Workspace

if TYPE_CHECKING:  # with them comes scipy, which an empty page does not need
    from core.exams.reader_study import StudyCase
    from dashboard.images.outline import Outline

CUSTOM = "custom"  # key of an exam that the user put together
MAX_CASES = 48  # a 13-megapixel scan is 27 MB; sessions must not grow without bound


@dataclass(frozen=True, eq=False)
class Case:
    """One opened view. `title` is what the list shows; it lives in this session only."""

    scan: Scan
    quality: Quality
    title: str
    thumbnail: bytes
    truth: tuple[Outline, ...] | None = None  # the lesions of a phantom; None where they are not known

    @property
    def key(self) -> str:
        """The scan's sha256."""
        return self.scan.sha256

    @property
    def exam(self) -> str:
        """Key of the exam; a view whose file names none is an exam of its own."""
        return exam_key(self.scan) or self.key


@dataclass
class Session:
    """All that a browser session has open. A refresh begins a new one, with the same workspace.

    Attributes
    ----------
    workspace : Workspace
        What was recorded and written in this browser.
    cases : dict of str to Case
        By key, in the order of arrival.
    selected : str or None
        Key of the open case.
    listed : list of str
        Keys as the list shows them, sorted and filtered: the arrow keys follow it.
    problems : list of (str, str)
        File name and sentence of each failure of the last upload.
    notices : list of (str, str)
        File name and sentence of what the last upload ignored, which is no failure.
    uploads : int
        Changes after each upload, so that the next widget is a new and empty one.
    settings : ViewSettings
        How they are shown.
    name : str
        A random name, unlike those of other sessions.
    """

    workspace: Workspace
    cases: dict[str, Case] = field(default_factory=dict)
    selected: str | None = None
    listed: list[str] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    notices: list[tuple[str, str]] = field(default_factory=list)
    uploads: int = 0
    settings: ViewSettings = field(default_factory=ViewSettings)
    name: str = field(default_factory=lambda: secrets.token_hex(4))


def start() -> None:
    """Make the session, where it is new."""
    if "worklist" not in st.session_state:
        st.session_state["worklist"] = Session(workspaces.of(pixels.browser()))


def session() -> Session:
    """This browser session."""
    return st.session_state["worklist"]


def workspace() -> Workspace:
    """What was recorded and written in this browser."""
    return session().workspace


def settings() -> ViewSettings:
    """How this session shows them."""
    return session().settings


def cases() -> list[Case]:
    """In the order of arrival."""
    return list(session().cases.values())


def whole_exam(case: Case) -> list[Case]:
    """All open views of a case's exam, this one included, whether they can be assessed or not."""
    return [c for c in cases() if c.exam == case.exam]


def selected() -> Case | None:
    """The open case."""
    key = session().selected
    return session().cases.get(key) if key else None


def open_case(key: str) -> None:
    """Make a case the open one."""
    session().selected = key


def step(by: int) -> None:
    """Open the next or previous case of the list, as it is arranged and filtered."""
    now = session()
    keys = [k for k in now.listed if k in now.cases] or list(now.cases)
    if keys:
        at = keys.index(now.selected) if now.selected in keys else 0
        open_case(keys[(at + by) % len(keys)])


def mark_viewed(case: Case) -> None:
    """Note the time of the first look at a view's exam."""
    workspace().first_viewed.setdefault(case.exam, datetime.now().replace(microsecond=0))
    workspace().scans[case.key] = case.exam


def hidden(case: Case) -> bool:
    """Whether the AI result waits for the reader's assessment: nothing of it may be computed for, or sent to, the page."""
    waits = {"mammograms": not case.scan.synthetic, "always": True, "never": False}[settings().independent_read]
    return waits and case.quality.ok and not workspace().assessments.get(case.exam)


def plain() -> str | None:
    """Why this browser gets the plain image instead of the viewer; None where it gets the viewer."""
    if settings().plain is None and pixels.browser() is None:
        return "This browser keeps no cookie for this page, or the dashboard was not started by dashboard/app.py"
    return settings().plain


def name_view(key: str, laterality: Laterality, view: View) -> None:
    """Set side and view of a case whose file does not state them. Such views without an exam of their own make one exam."""
    case = session().cases[key]
    assumptions = (*case.scan.assumptions, f"Side and view set by the user: {laterality} {view}.")
    study = case.scan.study_key or f"{CUSTOM}, {session().name}"  # a later session's views may be another patient's
    scan = replace(case.scan, laterality=laterality, view=view, study_key=study, assumptions=assumptions)
    named = session().cases[key] = replace(case, scan=scan)
    if named.exam != case.exam:
        workspace().move(case.exam, named.exam)


def finish(reads: dict[str, StudyCase]) -> None:
    """Remember the reads of these exams, by key, and close their cases: forty exams would not fit into memory together."""
    workspace().finished.update(reads)
    for case in [c for c in cases() if c.exam in reads]:
        remove(case.key)


def remove(key: str) -> None:
    """Close a case and overwrite its pixels."""
    now = session()
    if now.selected == key:
        keys = list(now.cases)
        at = keys.index(key)
        rest = keys[:at] + keys[at + 1 :]
        now.selected = rest[min(at, len(rest) - 1)] if rest else None
    gone = now.cases.pop(key, None)
    pixels.ledger().close(key)
    now.settings.stability_views -= {key}
    now.settings.predicted_views -= {key}
    if gone:
        gone.scan.wipe()  # whoever still holds on to it, such as an image that was offered for saving
        now.workspace.marks.pop(key, None)
        if not any(c.exam == gone.exam for c in cases()):
            now.workspace.forget(gone.exam)


def forget(keys: Sequence[str]) -> None:
    """Close cases that were deleted from the disk, and drop what the session remembers of their exams after closing."""
    exams = {c.exam for c in cases() if c.key in keys} | {workspace().scans[k] for k in keys if k in workspace().scans} | {*keys}
    for key in keys:
        remove(key)
    for exam in exams - {c.exam for c in cases()}:
        workspace().forget(exam, tuple(keys))  # also after a refresh, which closed it
        workspace().first_viewed.pop(exam, None)
        workspace().finished.pop(exam, None)


def clear() -> None:
    """Close all cases and overwrite their pixels."""
    pixels.ledger().close()
    for case in cases():
        workspace().forget(case.exam, (case.key,))
        case.scan.wipe()
    now = session()
    now.cases, now.selected, now.problems, now.notices = {}, None, [], []
    now.settings.predicted_views.clear()
    now.settings.stability_views.clear()


def set_state(name: str, value: str | int | bool) -> None:
    """Set a page's own entry of the session state, e.g. the value of a toggle."""
    st.session_state[name] = value
