"""How cases come onto the worklist: files and archives, saved exams, sample exams."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core import exchange
from core.errors import ScanError
from core.exams.exam import exam_key
from core.exams.grouping import propose
from core.scans import archive, assess, read_scan
from core.scans.scan import NOT_LABELLED, Scan
from dashboard.cache import pixels
from dashboard.cache.imports import load
from dashboard.images.render import thumbnail
from dashboard.phrases import session as text
from dashboard.session import audit, grouping, worklist
from dashboard.session import workspace as workspaces
from dashboard.session.cancellable import cancellable, rows
from dashboard.session.worklist import MAX_CASES, Case
from dashboard.session.workspace import Workspace

if TYPE_CHECKING:
    from pydicom.dataset import Dataset
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from core.store.saved_exams import Saved
    from dashboard.images.outline import Outline
    from dashboard.session.incoming import Arrived

MAX_ROWS = 200  # of the list of files being read


def picker() -> None:
    """Draw the drop zone for files and archives, and one for a folder; a page shows it once.

    What is chosen is read with the next run by `open_pending`, in the main area.
    """
    n = worklist.session().uploads
    with st.container(key="upload"):
        files = st.file_uploader(text.OPEN_FILES, accept_multiple_files=True, key=f"files_{n}", help=text.OPEN_FILES_HELP)
    with st.expander(text.OPEN_FOLDER):
        label = text.OPEN_FOLDER
        folder = st.file_uploader(label, accept_multiple_files="directory", key=f"folder_{n}", label_visibility="collapsed")
    if found := [*files, *folder]:
        worklist.session().pending = found
        st.rerun()


def open_pending() -> None:
    """Read the files that were chosen in the run before, with their progress in the main area."""
    if found := worklist.session().pending:
        worklist.session().pending = []
        add([(f.name, f.getvalue()) for f in found])
        finish_upload(found)
        st.rerun()


def add(files: Sequence[tuple[str, bytes]], truth: dict[str, tuple[Outline, ...]] | None = None, one_exam: bool = False) -> None:
    """Read files, and those in ZIP archives, into cases; an unreadable one leaves its sentence and never stops the rest. The first opens.

    `truth` is file name → outlines, where it is known. With `one_exam` the caller knows that they are one exam; else those that look
    like one are offered as such (`dashboard.session.grouping`). When the user stops it, what was read until then stays.
    """
    session = worklist.session()
    session.problems, session.notices = [], []
    session.uploads += 1
    members = _members(files)
    session.attempted = len(members) + len(session.problems)
    before = set(session.cases)
    opened: dict[str, str] = {}
    if len(members) == 1:
        _open(members, opened, truth or {}, lambda n, status: None)
    elif members:
        with cancellable(text.READING, "reading", stop_upload, len(members)) as progress:
            row = rows([m.name for m in members]) if len(members) <= MAX_ROWS else lambda n, status: None
            _open(members, opened, truth or {}, row, progress)
    if one_exam:
        grouping.group(opened)
    else:
        _offer({key: name for key, name in opened.items() if key not in before})
    workspaces.make_room()


def take(arrived: Arrived) -> None:
    """Put what came from an archive or the inbox onto the worklist, within the same limits and with the same sentences; opens nothing.

    An image may come both ways, with another header each time: one whose pixels are open in its exam is not opened again.
    """
    session = worklist.session()
    session.attempted = len(arrived.files) + (session.attempted if session.problems else 0)
    if arrived.note:
        session.notices.append((arrived.origin, arrived.note))
    opened: dict[str, str] = {}
    here = {(c.exam, c.scan.pixel_sha256) for c in session.cases.values()}
    for name, case in arrived.files:
        if isinstance(case, ScanError):
            session.problems.append((name, str(case)))
        elif (case.exam, case.scan.pixel_sha256) not in here and not _place(name, case, opened):
            session.problems.append((name, text.max_open(MAX_CASES)))
    workspaces.make_room()


def _offer(names: dict[str, str]) -> None:
    """Offer as exams those of these views, by key and file name, that look like one and are alone by their tags."""
    alone = [e.views[0] for e in worklist.exams_as_added() if len(e.views) == 1 and e.views[0].key in names and not e.views[0].group]
    worklist.workspace().offers += propose([(names[c.key], c.scan) for c in alone])


def _open(
    members: Sequence[archive.Member],
    opened: dict[str, str],
    truth: dict[str, tuple[Outline, ...]],
    row: Callable[[int, str], None],
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Read members into cases; `opened` receives their keys with their names."""
    session = worklist.session()
    for n, member in enumerate(members):
        row(n, text.OPENING)
        try:
            case = read_case(member.name, member.read(), truth.get(member.name))
        except ScanError as e:
            session.problems.append((member.name, str(e)))
            row(n, text.FAILED)
        else:
            first = not opened
            if not _place(member.name, case, opened):
                session.problems += [(m.name, text.max_open(MAX_CASES)) for m in members[n:]]
                row(n, text.FAILED)
                break
            row(n, text.OPEN if case.quality.ok else text.OPEN_UNASSESSABLE)
            if first:
                worklist.open_case(case.key)
        if progress:
            progress(n + 1, len(members))


def _place(name: str, case: Case, opened: dict[str, str]) -> bool:
    """Put a case onto the worklist and note it in `opened`; False where there is no room."""
    session = worklist.session()
    if case.key not in session.cases and len(session.cases) >= MAX_CASES:
        return False
    if case.key in opened:
        session.notices.append((name, text.SAME_FILE))
    if case.key not in session.cases:
        audit.record("open", [case.scan])
    session.cases.setdefault(case.key, case)
    opened.setdefault(case.key, name)
    _share_range(list(opened))
    return True


def _share_range(keys: list[str]) -> None:
    """Put images of one upload whose range of brightness was estimated on one range."""
    from core.scans.raster.depth import shared  # late: it brings the decoders

    cases = [worklist.session().cases[k] for k in keys]
    for case, scan in zip(cases, shared([c.scan for c in cases]), strict=True):
        if scan is not case.scan:
            _put(replace(case, scan=scan, quality=assess(scan), thumbnail=thumbnail(scan)))


def _put(case: Case) -> None:
    """Onto the worklist; an earlier version of the same image is no longer served."""
    pixels.ledger().close(case.key)
    worklist.session().cases[case.key] = case


def reopen(saved: Saved) -> None:
    """Open a saved exam again, with what was recorded and written about it; what was recorded since stays."""
    session = worklist.session()
    if len(session.cases.keys() | {s.sha256 for s in saved.scans}) > MAX_CASES:
        session.problems = [(saved.id, text.max_open(MAX_CASES))]
        return
    audit.record("open", saved.scans, "saved exam")
    group = f"saved {saved.id}" if len({exam_key(scan) or scan.sha256 for scan in saved.scans}) > 1 else None
    for scan in saved.scans:
        title = f"{scan.label}{' (phantom)' if scan.synthetic else ''}"
        before = session.cases.get(scan.sha256)  # read from its file, which names the patient; a saved exam does not
        source = before.source if before else None
        session.cases[scan.sha256] = Case(scan, assess(scan), title, thumbnail(scan), group=group, source=source)
    workspaces.make_room()
    _restore(worklist.workspace(), session.cases[saved.scans[0].sha256].exam, saved)
    worklist.open_case(saved.scans[0].sha256)


def _restore(workspace: Workspace, exam: str, saved: Saved) -> None:
    recorded = workspace.assessments.get(exam, ())
    if both := (*saved.assessments, *(a for a in recorded if a not in saved.assessments)):
        workspace.assessments[exam] = tuple(sorted(both, key=lambda a: a.at))
        for scan in saved.scans:
            found = [f for f in workspace.assessments[exam][-1].findings if scan.sha256.startswith(f.scan)]
            workspace.marks.setdefault(scan.sha256, tuple((f.x, f.y, f.width, f.height) for f in found))
    if saved.note and not workspace.notes.get(exam):
        workspace.notes[exam] = saved.note
    if saved.structured_report and not workspace.statements.get(exam):
        workspace.statements[exam] = saved.structured_report


def finish_upload(files: Sequence[UploadedFile]) -> None:
    """Drop Streamlit's own copy of these files, which would stay until the session ends."""
    if run := get_script_run_ctx():
        manager = cast(MemoryUploadedFileManager, run.uploaded_file_mgr)
        for file in files:
            manager.remove_file(run.session_id, file.file_id)


def stop_upload(count: int) -> None:
    """Read no more of an upload of `count` files."""
    worklist.session().notices.append((f"{count} files", text.STOPPED))
    if run := get_script_run_ctx():
        run.uploaded_file_mgr.remove_session_files(run.session_id)


def _members(files: Sequence[tuple[str, bytes]]) -> list[archive.Member]:
    """The files, and in place of each archive the images in it."""
    out: list[archive.Member] = []
    session = worklist.session()
    if (found := archive.disc(files)) and found.images:
        session.notices += [(text.DISC, found.note)] if found.note else []
        return list(found.images)
    for name, data in files:
        if not archive.looks_like(data):
            out.append(archive.Member(name, partial(bytes, data)))
            continue
        try:
            contents = archive.contents(data)
        except ScanError as e:
            session.problems.append((name, str(e)))
        else:
            out += contents.images
            session.notices += [(name, contents.note)] if contents.note else []
    return out


def read_case(name: str, data: bytes, truth: tuple[Outline, ...] | None = None) -> Case:
    """A file as a case; needs no session, so that a thread can do it. ScanError where it cannot be read."""
    load("core.scans.dicom")
    scan = read_scan(data, name)
    title = scan.label if scan.label != NOT_LABELLED else name
    if scan.synthetic:
        title = name.removesuffix(".dcm") if name.startswith("phantom") else f"{title} (phantom)"
    return Case(scan, assess(scan), title, thumbnail(scan), truth, source=_source(scan, data))


def _source(scan: Scan, data: bytes) -> Dataset | None:
    """What an export of results needs of a DICOM file; nothing where results cannot be exported."""
    if scan.source_format != "DICOM" or not exchange.available():
        return None
    from core.exchange.objects.source import source_header

    return source_header(data)
