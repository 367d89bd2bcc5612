"""How cases come onto the worklist: files and archives that are read, and kept cases that are opened again."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.errors import ScanError
from core.exams.assessment import Assessment
from core.scans import Scan, archive, assess, read_scan
from dashboard.cache import predictions
from dashboard.images.render import thumbnail
from dashboard.session import worklist
from dashboard.session.cancellable import rows, stoppable
from dashboard.session.worklist import BY_HAND, MAX_CASES, Case

MAX_ROWS = 200  # of the list of files being read
FULL = f"At most {MAX_CASES} views are open at once. Remove some, and open the rest again."


def add(files: list[tuple[str, bytes]], truth: dict[str, tuple] | None = None) -> None:
    """Read files, and those in ZIP archives, into cases; a bad one leaves its sentence and never stops the rest. The first opens.

    `truth` is file name → outlines, where it is known. Stopped by hand, what was read until then stays.
    """
    session = worklist.session()
    session.problems, session.notices = [], []
    members = _members(files)
    added: list[str] = []  # keys
    with stoppable("Reading files", "reading", stop_upload, len(members)) if len(members) > 1 else nullcontext() as told:
        row = rows([m.name for m in members]) if told and len(members) <= MAX_ROWS else lambda n, words: None
        for n, member in enumerate(members):
            row(n, "being read")
            try:
                case = _case(member.name, member.read(), (truth or {}).get(member.name))
            except ScanError as e:
                session.problems.append((member.name, str(e)))
                row(n, "not opened")
            else:
                if case.key not in session.cases and len(session.cases) >= MAX_CASES:
                    session.problems.append((f"{len(members) - n} files", FULL))
                    row(n, "not opened")
                    break
                if case.key in added:
                    session.notices.append((member.name, "The same file as one before it; opened once."))
                _put(case)
                row(n, "open" if case.quality.ok else "open, cannot be assessed")
                if not added:
                    worklist.open_case(case.key)
                added.append(case.key)
                _share_range(added)
            if told:
                told(n + 1, len(members))


def _share_range(keys: list[str]) -> None:
    """Put images of one upload whose range of brightness was estimated on one range."""
    from core.scans.raster.depth import shared  # late: it brings the decoders

    cases = [worklist.session().cases[k] for k in dict.fromkeys(keys)]
    for case, scan in zip(cases, shared([c.scan for c in cases]), strict=True):
        if scan is not case.scan:
            _put(replace(case, scan=scan, quality=assess(scan), thumbnail=thumbnail(scan)))


def _put(case: Case) -> None:
    """Onto the worklist; an image of the same file that looked otherwise is served no more."""
    cases = worklist.session().cases
    if case.key in cases and cases[case.key].scan.display_key != case.scan.display_key:
        predictions.pixel_ledger().close(case.key)
    cases[case.key] = case


def reopen(saved_id: str, scans: Sequence[Scan], told: Sequence[Assessment], text: str, stated: dict[str, str]) -> None:
    """Open a kept case again, with what was recorded and written about it; what was recorded since stays."""
    session, desk = worklist.session(), worklist.desk()
    if len(session.cases.keys() | {s.sha256 for s in scans}) > MAX_CASES:
        session.problems = [(f"Kept case {saved_id}", FULL)]
        return
    for scan in scans:
        if scan.study_key and scan.study_key.startswith(BY_HAND):
            scan = replace(scan, study_key=f"{BY_HAND}, {saved_id}")  # or views of two patients would hang together
        session.cases[scan.sha256] = Case(scan, assess(scan), f"{scan.label}{' (phantom)' if scan.synthetic else ''}", thumbnail(scan))
    exam = session.cases[scans[0].sha256].exam
    if both := (*told, *(i for i in desk.assessments.get(exam, ()) if i not in told)):
        desk.assessments[exam] = tuple(sorted(both, key=lambda i: i.at))
        for scan in scans:
            found = [f for f in desk.assessments[exam][-1].findings if scan.sha256.startswith(f.scan)]
            desk.marks.setdefault(scan.sha256, tuple((f.x, f.y, f.width, f.height) for f in found))
    if text and not desk.notes.get(exam):
        desk.notes[exam] = text
    if stated and not desk.statements.get(exam):
        desk.statements[exam] = stated
    worklist.open_case(scans[0].sha256)


def finish_upload(files: Sequence) -> None:
    """Start the next upload with an empty widget, and drop Streamlit's own copy of these, which would stay until the session ends."""
    worklist.session().uploads += 1
    run = get_script_run_ctx()
    for file in files:
        run.uploaded_file_mgr.remove_file(run.session_id, file.file_id)


def stop_upload(count: int) -> None:
    """Read no more of an upload of `count` files."""
    worklist.session().uploads += 1
    worklist.session().problems.append((f"{count} files", "Stopped by hand. What had been read until then is open."))
    run = get_script_run_ctx()
    run.uploaded_file_mgr.remove_session_files(run.session_id)


def _members(files: list[tuple[str, bytes]]) -> list[archive.Member]:
    """The files, and in place of each archive the images in it."""
    out, session = [], worklist.session()
    if (found := archive.disc(files)) and found.images:
        session.notices += [("Disc", found.note)] if found.note else []
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


def _case(name: str, data: bytes, truth: tuple | None = None) -> Case:
    scan = read_scan(data, name)
    title = scan.label if scan.label != "view unknown" else name
    if scan.synthetic:
        title = name.removesuffix(".dcm") if name.startswith("phantom") else f"{title} (phantom)"
    return Case(scan, assess(scan), title, thumbnail(scan), truth)
