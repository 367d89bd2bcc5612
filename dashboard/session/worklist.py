"""The open cases of one browser session. The only file that assigns st.session_state."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import streamlit as st

from core.exams.exam import exam_key
from core.scans import Quality, Scan
from dashboard import pixels
from dashboard.cache import predictions
from dashboard.session import workspace as desks
from dashboard.session.view_settings import ViewSettings
from dashboard.session.workspace import Workspace

BY_HAND = "by hand"  # the exam of views whose files name none
MAX_CASES = 48  # a 13-megapixel scan is 27 MB; sessions must not grow without bound


@dataclass(frozen=True)
class Case:
    """One opened view. `title` is what the list shows; it lives in this session only."""

    scan: Scan
    quality: Quality
    title: str
    thumbnail: bytes
    truth: tuple | None = None  # of dashboard.images.outline.Outline, where a phantom brings its truth; None: nobody knows

    @property
    def key(self) -> str:
        """The scan's sha256."""
        return self.scan.sha256

    @property
    def exam(self) -> str:
        """Key of the exam; a view whose file tells none is an exam of its own."""
        return exam_key(self.scan) or self.key


@dataclass
class Session:
    """All that a browser session has open. A refresh begins a new one, on the same desk.

    Attributes
    ----------
    desk : Desk
        What was recorded and written in this browser.
    cases : dict of str to Case
        By key, in the order of arrival.
    selected : str or None
        Key of the open case.
    listed : list of str
        Keys as the list shows them, arranged and filtered: the arrow keys follow it.
    problems : list of (str, str)
        File name and sentence of each failure of the last upload.
    notices : list of (str, str)
        File name and sentence of what the last upload passed over, which is no failure.
    uploads : int
        Changes after each upload, so that the next widget is a new and empty one.
    choices : Choices
        How it looks at them.
    name : str
        Tells it from other sessions.
    """

    desk: Workspace
    cases: dict[str, Case] = field(default_factory=dict)
    selected: str | None = None
    listed: list[str] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    notices: list[tuple[str, str]] = field(default_factory=list)
    uploads: int = 0
    choices: ViewSettings = field(default_factory=ViewSettings)
    name: str = field(default_factory=lambda: secrets.token_hex(4))


def start() -> None:
    """Make the session, where it is new."""
    if "worklist" not in st.session_state:
        st.session_state["worklist"] = Session(desks.of(pixels.browser()))


def session() -> Session:
    """The browser session that asks."""
    return st.session_state["worklist"]


def desk() -> Workspace:
    """What was recorded and written in this browser."""
    return session().desk


def choices() -> ViewSettings:
    """How this session looks at its cases."""
    return session().choices


def cases() -> list[Case]:
    """In the order of arrival."""
    return list(session().cases.values())


def whole_exam(case: Case) -> list[Case]:
    """All open views of a case's exam, this one among them, whether they can be assessed or not."""
    return [c for c in cases() if c.exam == case.exam]


def selected() -> Case | None:
    """The open case."""
    return session().cases.get(session().selected)


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


def show(case: Case) -> None:
    """Remember that it is looked at now, if it was not before."""
    desk().shown.setdefault(case.exam, datetime.now().replace(microsecond=0))
    desk().scans[case.key] = case.exam


def hidden(case: Case) -> bool:
    """Whether the model must not be heard yet: nothing of its answer may be computed for, or sent to, the page."""
    waits = {"mammograms": not case.scan.synthetic, "always": True, "never": False}[choices().look_first]
    return waits and case.quality.ok and not desk().assessments.get(case.exam)


def plain() -> str | None:
    """Why this browser gets the plain image instead of the viewer; None where it gets the viewer."""
    if choices().plain is None and pixels.browser() is None:
        return "This browser keeps no cookie for this page, or the dashboard was not started by dashboard/app.py"
    return choices().plain


def name_view(key: str, laterality: str, view: str) -> None:
    """Set side and view of a case whose file does not tell them. Views named so, and without an exam of their own, make one exam."""
    case = session().cases[key]
    told = (*case.scan.assumptions, f"Side and view were set by hand: {laterality} {view}.")
    study = case.scan.study_key or f"{BY_HAND}, {session().name}"  # a later session's views may be another patient's
    scan = replace(case.scan, laterality=laterality, view=view, study_key=study, assumptions=told)
    named = session().cases[key] = replace(case, scan=scan)
    if named.exam != case.exam:
        desk().move(case.exam, named.exam)


def finish(reads: dict) -> None:
    """Keep what was read of these exams, by key, and close their cases: forty exams would not fit into memory together."""
    desk().done.update(reads)
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
    predictions.pixel_ledger().close(key)
    now.choices.doubted -= {key}
    now.choices.heard -= {key}
    if gone:
        gone.scan.wipe()  # whoever still holds on to it, such as an image that was offered for saving
        now.desk.marks.pop(key, None)
        if not any(c.exam == gone.exam for c in cases()):
            now.desk.forget(gone.exam)


def forget(keys: Sequence[str]) -> None:
    """Close cases that were deleted from the disk, and drop what the session remembers of their exams after closing."""
    exams = {c.exam for c in cases() if c.key in keys} | {desk().scans[k] for k in keys if k in desk().scans} | {*keys}
    for key in keys:
        remove(key)
    for exam in exams - {c.exam for c in cases()}:
        desk().forget(exam, tuple(keys))  # also after a refresh, which closed it
        desk().shown.pop(exam, None)
        desk().done.pop(exam, None)


def clear() -> None:
    """Close all cases and overwrite their pixels."""
    predictions.pixel_ledger().close()
    for case in cases():
        desk().forget(case.exam, (case.key,))
        case.scan.wipe()
    now = session()
    now.cases, now.selected, now.problems, now.notices = {}, None, [], []
    now.choices.heard.clear()
    now.choices.doubted.clear()


def keep(name: str, value: object) -> None:
    """Remember a choice of a page that is no case, e.g. the text of a note, for this session."""
    st.session_state[name] = value
