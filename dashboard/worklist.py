"""The open cases of one browser session. The only file that assigns st.session_state."""

import secrets
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.errors import ScanError
from core.reading.impression import Impression
from core.scans import Quality, Scan, archive, assess, read_scan
from dashboard import desk as desks
from dashboard import pixels, readings
from dashboard.desk import Desk
from dashboard.pictures.render import thumbnail
from dashboard.stoppable import rows, stoppable

VIEWER = "viewer"  # key of the viewer component
BY_HAND = "by hand"  # the exam of views whose files name none
MAX_MARKS = 40  # a view
MAX_CASES = 48  # a 13-megapixel scan is 27 MB; sessions must not grow without bound


@dataclass(frozen=True)
class Case:
    """One opened view. `title` is what the list shows; it lives in this session only."""

    scan: Scan
    quality: Quality
    title: str
    thumbnail: bytes
    truth: tuple | None = None  # of dashboard.pictures.outline.Outline, where a phantom brings its truth; None: nobody knows

    @property
    def key(self) -> str:
        """The scan's sha256."""
        return self.scan.sha256

    @property
    def exam(self) -> str:
        """Key of the exam; a view whose file tells none is an exam of its own."""
        return self.scan.study_key or self.key


def start() -> None:
    """Make the session's empty list."""
    st.session_state.setdefault("worklist_cases", {})
    st.session_state.setdefault("worklist_open", None)
    st.session_state.setdefault("worklist_problems", [])
    st.session_state.setdefault("worklist_uploads", 0)
    st.session_state.setdefault("worklist_heat", False)
    st.session_state.setdefault("worklist_layout", "view")
    st.session_state.setdefault("worklist_plain", None)
    st.session_state.setdefault("worklist_heard", set())
    st.session_state.setdefault("worklist_doubted", set())
    st.session_state.setdefault("worklist_go", False)
    st.session_state.setdefault("worklist_look_first", "films")
    st.session_state.setdefault("worklist_order", "arrival")
    st.session_state.setdefault("worklist_listed", [])
    st.session_state.setdefault("worklist_tour", None)
    st.session_state.setdefault("worklist_session", secrets.token_hex(4))
    st.session_state.setdefault("worklist_desk", desks.of(pixels.browser()))


def desk() -> Desk:
    """What was recorded and written in this browser."""
    return st.session_state["worklist_desk"]


def cases() -> list[Case]:
    """In the order of arrival."""
    return list(st.session_state["worklist_cases"].values())


def order() -> str:
    """In which order the list shows the exams; one of `dashboard.order.ORDERS`."""
    return st.session_state["worklist_order"]


def set_order(widget: str) -> None:
    """Take the order from its widget."""
    st.session_state["worklist_order"] = st.session_state[widget]


def arrange(keys: list[str]) -> None:
    """Remember the order in which the list shows the cases: the arrow keys follow it."""
    st.session_state["worklist_listed"] = keys


def show(case: Case) -> None:
    """Remember that it is looked at now, if it was not before."""
    desk().shown.setdefault(case.exam, datetime.now().replace(microsecond=0))
    desk().scans[case.key] = case.exam


def tour() -> int | None:
    """Which step of the tour is shown; None while there is none."""
    return st.session_state["worklist_tour"]


def set_tour(step: int | None) -> None:
    """Go to a step of it, or end it. While it lasts, every score waits for an impression; afterwards the setting is as before."""
    if step is not None and tour() is None:
        st.session_state["worklist_tour_before"] = look_first()
        set_look_first("always")
    if step is None and tour() is not None:
        set_look_first(st.session_state["worklist_tour_before"])
    st.session_state["worklist_tour"] = step


def finish(reads: dict) -> None:
    """Keep what was read of these exams, by key, and close their cases: forty exams would not fit into memory together."""
    desk().done.update(reads)
    for case in [c for c in cases() if c.exam in reads]:
        remove(case.key)


def selected() -> Case | None:
    """The open case."""
    return st.session_state["worklist_cases"].get(st.session_state["worklist_open"])


def open_case(key: str) -> None:
    """Make a case the open one."""
    st.session_state["worklist_open"] = key


def step(by: int) -> None:
    """Open the next or previous case of the list, as it is arranged and filtered."""
    keys = list(st.session_state["worklist_cases"])
    keys = [k for k in st.session_state["worklist_listed"] if k in keys] or keys
    if keys:
        at = keys.index(st.session_state["worklist_open"]) if st.session_state["worklist_open"] in keys else 0
        open_case(keys[(at + by) % len(keys)])


def add(files: list[tuple[str, bytes]], truth: dict[str, tuple] | None = None) -> None:
    """Read files, and those in ZIP archives, into cases; a bad one leaves its sentence and never stops the rest. The first opens.

    `truth` is file name → outlines, where it is known. Stopped by hand, what was read until then stays.
    """
    st.session_state["worklist_problems"] = []
    files, opened = _unpacked(files), False
    with stoppable("Reading files", "reading", stop_upload, len(files)) if len(files) > 1 else nullcontext() as told:
        row = rows([name for name, _ in files]) if told else lambda n, words: None
        for n, (name, data) in enumerate(files, 1):
            row(n - 1, "being read")
            try:
                case = _case(name, data, (truth or {}).get(name))
            except ScanError as e:
                st.session_state["worklist_problems"].append((name, str(e)))
                row(n - 1, "not opened")
            else:
                if case.key not in st.session_state["worklist_cases"] and len(st.session_state["worklist_cases"]) >= MAX_CASES:
                    st.session_state["worklist_problems"].append((name, f"{MAX_CASES} cases are open. Remove some first."))
                    row(n - 1, "not opened")
                    break
                st.session_state["worklist_cases"][case.key] = case
                row(n - 1, "open" if case.quality.ok else "open, cannot be assessed")
                if not opened:
                    open_case(case.key)
                opened = True
            if told:
                told(n, len(files))


def _unpacked(files: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    out = []
    for name, data in files:
        if not archive.looks_like(data):
            out.append((name, data))
            continue
        try:
            out += archive.unpack(data)
        except ScanError as e:
            st.session_state["worklist_problems"].append((name, str(e)))
    return out


def problems() -> list[tuple[str, str]]:
    """(file name, sentence) of the last upload's failures."""
    return st.session_state["worklist_problems"]


def remove(key: str) -> None:
    """Close a case and overwrite its pixels."""
    keys = list(st.session_state["worklist_cases"])
    if st.session_state["worklist_open"] == key:
        at = keys.index(key)
        rest = keys[:at] + keys[at + 1 :]
        st.session_state["worklist_open"] = rest[min(at, len(rest) - 1)] if rest else None
    gone = st.session_state["worklist_cases"].pop(key, None)
    readings.pixel_ledger().close(key)
    st.session_state["worklist_doubted"] -= {key}
    st.session_state["worklist_heard"] -= {key}
    if gone:
        gone.scan.wipe()  # whoever still holds on to it, such as a picture that was offered for saving
    if gone and not any(c.exam == gone.exam for c in cases()):
        desk().forget(gone.exam)
    if gone:
        desk().marks.pop(key, None)


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
    readings.pixel_ledger().close()
    for case in cases():
        desk().forget(case.exam, (case.key,))
        case.scan.wipe()
    st.session_state.update(worklist_cases={}, worklist_open=None, worklist_problems=[])


def upload_number() -> int:
    """Changes after each upload, so that the next widget is a new and empty one."""
    return st.session_state["worklist_uploads"]


def finish_upload(files: Sequence) -> None:
    """Start the next upload with an empty widget, and drop Streamlit's own copy of these, which would stay until the session ends."""
    st.session_state["worklist_uploads"] += 1
    run = get_script_run_ctx()
    for file in files:
        run.uploaded_file_mgr.remove_file(run.session_id, file.file_id)


def stop_upload(count: int) -> None:
    """Read no more of an upload of `count` files."""
    st.session_state["worklist_uploads"] += 1
    st.session_state["worklist_problems"].append((f"{count} files", "Stopped by hand. What had been read until then is open."))
    run = get_script_run_ctx()
    run.uploaded_file_mgr.remove_session_files(run.session_id)


def heat_shown() -> bool:
    """Whether the heatmap lies over the film; not at first, so that the reader looks before the model is heard."""
    return st.session_state["worklist_heat"]


def toggle_heat() -> None:
    """Show or hide the heatmap."""
    st.session_state["worklist_heat"] = not st.session_state["worklist_heat"]


def layout() -> str:
    """ "view" for the open view alone, "exam" for all open views of its exam as they hang."""
    return st.session_state["worklist_layout"]


def toggle_layout() -> None:
    """Change between the view alone and the whole exam."""
    st.session_state["worklist_layout"] = "view" if layout() == "exam" else "exam"


def plain() -> str | None:
    """Why this browser gets the plain picture instead of the viewer; None where it gets the viewer."""
    if st.session_state["worklist_plain"] is None and pixels.browser() is None:
        return "This browser keeps no cookie for this page, or the dashboard was not started by dashboard/app.py"
    return st.session_state["worklist_plain"]


def follow_viewer() -> None:
    """Do what the viewer asked for: open a view by the first digits of its key, step, take its marks, or give up and be plain."""
    asked = st.session_state[VIEWER]
    if asked.get("plain"):
        st.session_state["worklist_plain"] = str(asked["plain"])[:120]
    if asked.get("step") in (1, -1):
        step(int(asked["step"]))
    for case in cases():
        if asked.get("open") and case.key.startswith(asked["open"]):
            open_case(case.key)
        for view, ellipses in (asked.get("marks") or {}).items():
            if case.key.startswith(view):
                desk().marks[case.key] = tuple((x, y, w, h) for x, y, w, h in ellipses[:MAX_MARKS] if w > 0 and h > 0)


def heard(keys: set[str]) -> bool:
    """Whether the model has read all these cases before, so that its answers are at hand."""
    return keys <= st.session_state["worklist_heard"]


def hear(keys: set[str]) -> None:
    """Remember that it has."""
    st.session_state["worklist_heard"] |= keys


def doubted(key: str) -> bool:
    """Whether the reader has asked how far the reading of this case can be trusted."""
    return key in st.session_state["worklist_doubted"]


def doubt(key: str) -> None:
    """Ask it."""
    st.session_state["worklist_doubted"] |= {key}


def name_view(key: str, laterality: str, view: str) -> None:
    """Set side and view of a case whose file does not tell them. Views named so, and without an exam of their own, make one exam."""
    case = st.session_state["worklist_cases"][key]
    told = (*case.scan.assumptions, f"Side and view were set by hand: {laterality} {view}.")
    study = case.scan.study_key or f"{BY_HAND}, {st.session_state['worklist_session']}"  # a later session's views may be another woman's
    scan = replace(case.scan, laterality=laterality, view=view, study_key=study, assumptions=told)
    named = replace(case, scan=scan)
    st.session_state["worklist_cases"][key] = named
    if named.exam != case.exam:
        desk().move(case.exam, named.exam)


def look_first() -> str:
    """For which cases the score waits for an impression: "films", "always" or "never"."""
    return st.session_state["worklist_look_first"]


def set_look_first(mode: str) -> None:
    """Choose that."""
    st.session_state["worklist_look_first"] = mode


def hidden(case: Case) -> bool:
    """Whether the model must not be heard yet: nothing of its answer may be computed for, or sent to, the page."""
    waits = {"films": not case.scan.synthetic, "always": True, "never": False}[look_first()]
    return waits and case.quality.ok and not desk().impressions.get(case.exam)


def reopen(kept_id: str, scans: Sequence[Scan], told: Sequence[Impression], text: str, stated: dict[str, str]) -> None:
    """Open a kept case again, with what was recorded and written about it; what was recorded since stays."""
    opened = st.session_state["worklist_cases"]
    if len(opened.keys() | {s.sha256 for s in scans}) > MAX_CASES:
        st.session_state["worklist_problems"] = [(f"Kept case {kept_id}", f"{MAX_CASES} cases are open. Remove some first.")]
        return
    for scan in scans:
        if scan.study_key and scan.study_key.startswith(BY_HAND):
            scan = replace(scan, study_key=f"{BY_HAND}, {kept_id}")  # or views of two women would hang together
        opened[scan.sha256] = Case(scan, assess(scan), f"{scan.label}{' (phantom)' if scan.synthetic else ''}", thumbnail(scan))
    case = opened[scans[0].sha256]
    if both := (*told, *(i for i in desk().impressions.get(case.exam, ()) if i not in told)):
        desk().impressions[case.exam] = tuple(sorted(both, key=lambda i: i.at))
        for scan in scans:
            found = [f for f in desk().impressions[case.exam][-1].findings if scan.sha256.startswith(f.scan)]
            desk().marks.setdefault(scan.sha256, tuple((f.x, f.y, f.width, f.height) for f in found))
    if text and not desk().notes.get(case.exam):
        desk().notes[case.exam] = text
    if stated and not desk().statements.get(case.exam):
        desk().statements[case.exam] = stated
    open_case(case.key)


def whole_exam(case: Case) -> list[Case]:
    """All open views of a case's exam, this one among them, whether they can be assessed or not."""
    return [c for c in cases() if c.exam == case.exam]


def go() -> None:
    """Ask for the Read page; a callback cannot change the page itself."""
    st.session_state["worklist_go"] = True


def going() -> bool:
    """Whether that was asked; asked once, answered once."""
    asked = st.session_state["worklist_go"]
    st.session_state["worklist_go"] = False
    return asked


def next_sample() -> int:
    """Number of the next sample exam, from 1."""
    desk().samples += 1
    return desk().samples


def _case(name: str, data: bytes, truth: tuple | None = None) -> Case:
    scan = read_scan(data, name)
    title = scan.label if scan.label != "view unknown" else name
    if scan.synthetic:
        title = name.removesuffix(".dcm") if name.startswith("phantom") else f"{title} (phantom)"
    return Case(scan, assess(scan), title, thumbnail(scan), truth)


def keep(name: str, value: object) -> None:
    """Remember a choice of a page that is no case, e.g. the text of a note, for this session."""
    st.session_state[name] = value
