"""What this browser session does, into the audit log. Where that cannot be written, the page stops with the reason."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.scans import Scan
from core.service import audit_log
from core.service.audit_log import LOCAL, Action, AuditError
from dashboard.session import worklist


def actor() -> str:
    """Who the log names: the signed-in user, else "local"."""
    return LOCAL


def record(action: Action, scans: Sequence[Scan] = (), detail: str = "", images: Sequence[str] = ()) -> None:
    """`core.service.audit_log.record` in the name of the user; to be called before what it records."""
    try:
        audit_log.record(action, actor(), scans=scans, images=images, detail=detail)
    except AuditError as e:
        st.error(e.what, icon=":material/error:")
        st.text(e.remedy)
        st.stop()


def record_once(action: Action, scans: Sequence[Scan], detail: str) -> None:
    """The same, once a session for these views: the page is drawn again at every click."""
    key = (action, detail, *(s.sha256 for s in scans))
    if key not in worklist.session().recorded:
        record(action, scans, detail)
        worklist.session().recorded.add(key)


def exported(make: Callable[[], str | bytes], scans: Sequence[Scan], detail: str) -> Callable[[], str | bytes]:
    """`make`, for a download button: what it makes is recorded as exported first. It runs outside the session."""
    user = actor()

    def recorded() -> str | bytes:
        audit_log.record("export", user, scans=scans, detail=detail)
        return make()

    return recorded
