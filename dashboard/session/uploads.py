"""How cases come onto the worklist: files and archives, saved exams, sample exams."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.errors import ScanError
from core.scans import archive, assess, read_scan
from core.scans.scan import NOT_LABELLED
from dashboard.cache import pixels
from dashboard.images.render import thumbnail
from dashboard.phrases import session as text
from dashboard.session import worklist
from dashboard.session.cancellable import cancellable, rows
from dashboard.session.worklist import CUSTOM, MAX_CASES, Case
from dashboard.session.workspace import Workspace

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from core.store.saved_exams import Saved
    from dashboard.images.outline import Outline

MAX_ROWS = 200  # of the list of files being read


def add(files: Sequence[tuple[str, bytes]], truth: dict[str, tuple[Outline, ...]] | None = None) -> None:
    """Read files, and those in ZIP archives, into cases; an unreadable one leaves its sentence and never stops the rest. The first opens.

    `truth` is file name → outlines, where it is known. When the user stops it, what was read until then stays.
    """
    session = worklist.session()
    session.problems, session.notices = [], []
    members = _members(files)
    if len(members) == 1:
        _open(members, truth or {}, lambda n, status: None)
    elif members:
        with cancellable(text.READING, "reading", stop_upload, len(members)) as progress:
            row = rows([m.name for m in members]) if len(members) <= MAX_ROWS else lambda n, status: None
            _open(members, truth or {}, row, progress)


def _open(
    members: Sequence[archive.Member],
    truth: dict[str, tuple[Outline, ...]],
    row: Callable[[int, str], None],
    progress: Callable[[int, int], None] | None = None,
) -> None:
    session = worklist.session()
    added: list[str] = []  # keys
    for n, member in enumerate(members):
        row(n, text.OPENING)
        try:
            case = _case(member.name, member.read(), truth.get(member.name))
        except ScanError as e:
            session.problems.append((member.name, str(e)))
            row(n, text.FAILED)
        else:
            if case.key not in session.cases and len(session.cases) >= MAX_CASES:
                session.problems.append((f"{len(members) - n} files", text.max_open(MAX_CASES)))
                row(n, text.FAILED)
                break
            if case.key in added:
                session.notices.append((member.name, text.SAME_FILE))
            _put(case)
            row(n, text.OPEN if case.quality.ok else text.OPEN_UNASSESSABLE)
            if not added:
                worklist.open_case(case.key)
            added.append(case.key)
            _share_range(added)
        if progress:
            progress(n + 1, len(members))


def _share_range(keys: list[str]) -> None:
    """Put images of one upload whose range of brightness was estimated on one range."""
    from core.scans.raster.depth import shared  # late: it brings the decoders

    cases = [worklist.session().cases[k] for k in dict.fromkeys(keys)]
    for case, scan in zip(cases, shared([c.scan for c in cases]), strict=True):
        if scan is not case.scan:
            _put(replace(case, scan=scan, quality=assess(scan), thumbnail=thumbnail(scan)))


def _put(case: Case) -> None:
    """Onto the worklist; an earlier version of the same image is no longer served."""
    cases = worklist.session().cases
    if case.key in cases and cases[case.key].scan.display_key != case.scan.display_key:
        pixels.ledger().close(case.key)
    cases[case.key] = case


def reopen(saved: Saved) -> None:
    """Open a saved exam again, with what was recorded and written about it; what was recorded since stays."""
    session = worklist.session()
    if len(session.cases.keys() | {s.sha256 for s in saved.scans}) > MAX_CASES:
        session.problems = [(saved.id, text.max_open(MAX_CASES))]
        return
    for scan in saved.scans:
        if scan.study_key and scan.study_key.startswith(CUSTOM):
            scan = replace(scan, study_key=f"{CUSTOM}, {saved.id}")  # or views of two patients would form one exam
        session.cases[scan.sha256] = Case(scan, assess(scan), f"{scan.label}{' (phantom)' if scan.synthetic else ''}", thumbnail(scan))
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
    """Start the next upload with an empty widget, and drop Streamlit's own copy of these, which would stay until the session ends."""
    worklist.session().uploads += 1
    if run := get_script_run_ctx():
        manager = cast(MemoryUploadedFileManager, run.uploaded_file_mgr)
        for file in files:
            manager.remove_file(run.session_id, file.file_id)


def stop_upload(count: int) -> None:
    """Read no more of an upload of `count` files."""
    worklist.session().uploads += 1
    worklist.session().problems.append((f"{count} files", text.STOPPED))
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


def _case(name: str, data: bytes, truth: tuple[Outline, ...] | None = None) -> Case:
    scan = read_scan(data, name)
    title = scan.label if scan.label != NOT_LABELLED else name
    if scan.synthetic:
        title = name.removesuffix(".dcm") if name.startswith("phantom") else f"{title} (phantom)"
    return Case(scan, assess(scan), title, thumbnail(scan), truth)
