"""What an earlier run left on the disk, seen to at the server's start: files of interrupted saves, and results that wait to be sent."""

import threading

from core import exchange
from core.folders import outbox_folder, saved_folder
from core.store import IMAGES

_lock = threading.Lock()
_removed = 0  # files that nobody was told of yet


def sweep() -> None:
    """Remove it. Without saved images nothing is imported and nothing is made."""
    global _removed
    if not (saved_folder() / IMAGES).is_dir():
        return
    from core.store import deletion  # late: it brings the database

    with _lock:
        _removed += deletion.sweep()


def resume_sending() -> None:
    """Go on sending results that wait. Without an outbox nothing is imported and nothing is made."""
    if outbox_folder().is_dir() and exchange.available():
        from core.exchange import courier  # late: it brings pydicom

        courier.wake()


def take() -> int:
    """How many files were removed, for the first caller; 0 for the others."""
    global _removed
    with _lock:
        found, _removed = _removed, 0
    return found
