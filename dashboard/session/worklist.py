"""The open exams of one browser, and which view of them a session shows. The only file that assigns st.session_state."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

import streamlit as st

from core.exams.assessment import ReadState, read_state
from core.exams.exam import STANDARD, exam_key
from core.exams.grouping import is_plain
from core.scans import Quality, Scan
from dashboard.cache import pixels
from dashboard.phrases import session as text
from dashboard.session import workspace as workspaces
from dashboard.session.view_settings import ViewSettings
from dashboard.session.workspace import Workspace

if TYPE_CHECKING:  # with them come pydicom and scipy, which an empty page does not need
    from pydicom.dataset import Dataset
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from core.exams.reader_study import StudyCase
    from core.exchange.query import Study
    from dashboard.images.outline import Outline
    from dashboard.session.incoming import Job

MAX_CASES = 48  # a 13-megapixel scan is 27 MB; sessions must not grow without bound
ADDRESS = "exam"  # the part of the page's address that names the exam, by its random id


@dataclass(frozen=True, eq=False)
class Case:
    """One opened view. `title` is what the list shows; `group` is the exam that the user put it into, where not its tags decide.

    `source` is the header of its DICOM file, which names the patient: in memory only, for the export of results, and gone with the view.
    """

    scan: Scan
    quality: Quality
    title: str
    thumbnail: bytes
    truth: tuple[Outline, ...] | None = None  # the lesions of a phantom; None where they are not known
    group: str | None = None
    source: Dataset | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        """The scan's sha256."""
        return self.scan.sha256

    @property
    def exam(self) -> str:
        """Key of the exam; a view whose file names none is an exam of its own."""
        return self.group or exam_key(self.scan) or self.key


@dataclass(frozen=True)
class OpenExam:
    """One exam of the list.

    Attributes
    ----------
    key : str
        `Case.exam` of its views.
    views : tuple of Case
        The standard four first, in the order in which they hang.
    name : str
        The user's own name for it, else a short random id, e.g. "1c8d".
    state : str
        One of `core.exams.assessment.ReadState`.
    position, count : int
        Its place in the list as arranged, from 1, and how many exams are open.
    """

    key: str
    views: tuple[Case, ...]
    name: str
    state: ReadState
    position: int
    count: int

    @property
    def place(self) -> str:
        """Its place in the list, e.g. "2 of 5"."""
        return f"{self.position} of {self.count}"


@dataclass
class Session:
    """What one tab shows. A refresh begins a new one, with the same workspace.

    Attributes
    ----------
    workspace : Workspace
        What is open, and what was recorded and written, in this browser.
    selected : str or None
        Key of the open view.
    listed : list of str
        Keys of exams as the list shows them, sorted and filtered.
    pending : list of UploadedFile
        Chosen files that are to be read with the next run, in the main area.
    attempted : int
        How many files the last upload had, those in archives counted one by one.
    problems : list of (str, str)
        File name and sentence of each failure of the last upload.
    notices : list of (str, str)
        File name and sentence of what the last upload ignored, which is no failure.
    message : str
        What happened to the open exam outside this tab; "" where nothing did.
    address : str or None
        Id of the exam that the page's address named last.
    seen : dict of str to int
        By exam, the last change (`Workspace.changes`) that this tab has shown.
    applied_marks : dict
        By view, what the viewer of this tab sent last.
    recorded : set of tuple of str
        What `dashboard.session.audit` has recorded once.
    uploads : int
        Changes after each upload, so that the next widget is a new and empty one.
    awaited : Job or None
        The retrieval whose exam this session shows once it is here.
    found : list of Study or None
        What the last search of an archive found, as long as its dialog is open.
    linked : bool
        Whether the session began with a link to a study that is not here yet: no other exam opens by itself.
    dialog : bool
        Whether the run that drew the page opened a dialog, which the next such run closes.
    name : str
        A random name, unlike those of other sessions.
    sidebar : bool
        Whether the page before this one had a sidebar.
    """

    workspace: Workspace
    selected: str | None = None
    listed: list[str] = field(default_factory=list)
    pending: list[UploadedFile] = field(default_factory=list)
    attempted: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)
    notices: list[tuple[str, str]] = field(default_factory=list)
    message: str = ""
    address: str | None = None
    seen: dict[str, int] = field(default_factory=dict)
    applied_marks: dict[str, workspaces.Ellipses] = field(default_factory=dict)
    recorded: set[tuple[str, ...]] = field(default_factory=set)
    uploads: int = 0
    awaited: Job | None = None
    found: list[Study] | None = None
    linked: bool = False
    dialog: bool = False
    name: str = field(default_factory=lambda: secrets.token_hex(4))
    sidebar: bool = False

    @property
    def cases(self) -> dict[str, Case]:
        """The open views by key, in the order of arrival."""
        return self.workspace.cases

    @property
    def settings(self) -> ViewSettings:
        """How this browser shows them."""
        return self.workspace.settings


def start() -> None:
    """Make the session, where it is new; note that its browser is still there."""
    browser = pixels.browser()
    if "worklist" not in st.session_state:
        st.session_state["worklist"] = Session(workspaces.of(browser))
    elif browser is not None:
        session().workspace = workspaces.of(browser)
    session().dialog = False


def session() -> Session:
    """This browser session."""
    return st.session_state["worklist"]


def workspace() -> Workspace:
    """What is open, and what was recorded and written, in this browser."""
    return session().workspace


def settings() -> ViewSettings:
    """How this browser shows them."""
    return session().settings


def cases() -> list[Case]:
    """The open views, in the order of arrival."""
    return list(session().cases.values())


def whole_exam(case: Case) -> list[Case]:
    """All open views of a case's exam, this one included, whether they can be assessed or not."""
    return [c for c in cases() if c.exam == case.exam]


def exams() -> list[OpenExam]:
    """The open exams as the list shows them; those that its filter hides come last."""
    listed = {key: n for n, key in enumerate(session().listed)}
    found = sorted(exams_as_added(), key=lambda e: listed.get(e.key, len(listed)))
    return [replace(e, position=n) for n, e in enumerate(found, 1)]


def exams_as_added() -> list[OpenExam]:
    """The open exams in the order of arrival."""
    views: dict[str, list[Case]] = {}
    for case in cases():
        views.setdefault(case.exam, []).append(case)
    return [_open_exam(key, of, n, len(views)) for n, (key, of) in enumerate(views.items(), 1)]


def _open_exam(key: str, views: Sequence[Case], position: int, count: int) -> OpenExam:
    state = read_state(workspace().assessments.get(key, ()), any(c.quality.ok for c in views))
    return OpenExam(key, tuple(sorted(views, key=_hanging_place)), workspace().name_of(key), state, position, count)


def _hanging_place(case: Case) -> int:
    """Of a plain standard view its place among the four; the rest follow in the order of arrival."""
    places: list[tuple[str | None, str | None]] = [*STANDARD] if is_plain(case.scan) else []
    place = (case.scan.laterality, case.scan.view)
    return places.index(place) if place in places else len(STANDARD)


def current_exam() -> OpenExam | None:
    """The exam of the open view."""
    case = selected()
    return next((e for e in exams() if case is not None and e.key == case.exam), None)


def selected() -> Case | None:
    """The open view."""
    key = session().selected
    return session().cases.get(key) if key else None


def open_case(key: str) -> None:
    """Make a view the open one."""
    session().selected = key
    if case := selected():
        workspace().last_view[case.exam] = key
        workspace().last_exam = case.exam


def open_exam(key: str) -> None:
    """Open an exam at the view where the reader left it, else at its first that can be assessed."""
    exam = next((e for e in exams() if e.key == key), None)
    if exam is None:
        return
    left = [c for c in exam.views if c.key == workspace().last_view.get(key)]
    open_case((left or [c for c in exam.views if c.quality.ok] or exam.views)[0].key)


def step_exam(by: int) -> bool:
    """Open the next (1) or previous (-1) exam of the list as arranged and filtered; False at its end, where nothing changes."""
    found, now = exams(), current_exam()
    keys = [k for k in session().listed if k in {e.key for e in found}] or [e.key for e in found]
    ends = 0 if by > 0 else len(keys) - 1
    to = keys.index(now.key) + by if now is not None and now.key in keys else ends  # nothing is open, or the filter has dropped it
    if not 0 <= to < len(keys):
        return False
    open_exam(keys[to])
    return True


def step_view(by: int) -> None:
    """Open the next (1) or previous (-1) view of the open exam, round its end."""
    exam, case = current_exam(), selected()
    if exam is not None and case is not None:
        open_case(exam.views[(exam.views.index(case) + by) % len(exam.views)].key)


def follow_address() -> None:
    """Open the exam that the page's address names, where the reader has just come by it, or the last one; then name the open exam there.

    An id that this browser does not know opens nothing, and says so.
    """
    now, asked = session(), st.query_params.get(ADDRESS)
    if now.selected is not None and selected() is None:
        now.selected, now.message = None, text.CLOSED_ELSEWHERE
    if asked is not None and asked != now.address:
        key = workspace().exam_of(asked)
        open_now = {e.key for e in exams_as_added()}
        if key in open_now:
            open_exam(str(key))
        else:
            now.selected, now.message = None, text.UNKNOWN_EXAM
    elif now.address is None and selected() is None and workspace().last_exam and not now.linked:
        open_exam(workspace().last_exam)
    case = selected()
    now.address = workspace().id_of(case.exam) if case else asked
    if case and asked != now.address:
        st.query_params[ADDRESS] = now.address or ""
    elif case is None and asked is not None and not now.message:
        del st.query_params[ADDRESS]


def changed_elsewhere(exam: str) -> bool:
    """Whether another tab has written about an exam since this one showed it."""
    change = workspace().changes.get(exam)
    return change is not None and change.by != session().name and change.number > session().seen.get(exam, 0)


def take_change(exam: str) -> bool:
    """Whether this tab may write about an exam now; False, with a message, where another tab has written since this one showed it."""
    if changed_elsewhere(exam):
        session().message = text.CHANGED_ELSEWHERE
        return False
    session().seen[exam] = workspace().change(exam, session().name)
    return True


def catch_up(exam: str) -> None:
    """Show what another tab has written about an exam: the form's fields in this tab give way to it, with a message."""
    if changed_elsewhere(exam):
        session().message = text.CHANGED_ELSEWHERE
        for key in [k for k in st.session_state if str(k).endswith(exam[:16])]:
            del st.session_state[key]
    session().seen[exam] = workspace().changes[exam].number if exam in workspace().changes else 0


def rename(exam: str, name: str) -> None:
    """Give an exam the user's own name; an empty one brings its short id back. It stays in memory and leaves no other trace."""
    if name.strip():
        workspace().names[exam] = name.strip()
    else:
        workspace().names.pop(exam, None)


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


def finish(reads: dict[str, StudyCase]) -> None:
    """Remember the reads of these exams, by key, and close their cases: forty exams would not fit into memory together."""
    workspace().finished.update(reads)
    for case in [c for c in cases() if c.exam in reads]:
        remove(case.key)


def remove_exam(exam: str) -> None:
    """Close all views of an exam and overwrite their pixels."""
    for case in [c for c in cases() if c.exam == exam]:
        remove(case.key)


def remove(key: str) -> None:
    """Close a view, in every tab, and overwrite its pixels. With the last view of an exam goes what was recorded of it."""
    now = session()
    if now.selected == key:
        keys = [c.key for e in exams() for c in e.views]
        at = keys.index(key)
        rest = keys[:at] + keys[at + 1 :]
        now.selected = rest[min(at, len(rest) - 1)] if rest else None
    gone = now.workspace.close(key)
    if gone and not any(c.exam == gone.exam for c in cases()):
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
    for case in cases():
        remove(case.key)
    now = session()
    now.selected, now.problems, now.notices = None, [], []


def reset() -> None:
    """Close all cases and forget everything of this browser and this session."""
    clear()
    workspace().clear()
    workspace().settings = ViewSettings()
    for name in list(st.session_state):
        del st.session_state[name]
    start()


def set_state(name: str, value: str | float | bool | None) -> None:
    """Set a page's own entry of the session state, e.g. the value of a toggle."""
    st.session_state[name] = value


def begin_state(name: str, value: str | float | bool | None) -> None:
    """Give a page's own entry of the session state its first value, where it has none yet."""
    if name not in st.session_state:
        set_state(name, value)


def drop_state(name: str) -> None:
    """Drop a page's own entry of the session state, where it is there."""
    st.session_state.pop(name, None)
