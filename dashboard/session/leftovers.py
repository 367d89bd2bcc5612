"""What an interrupted save left on the disk: removed once, at the server's start, and said to the first who opens a page."""

import threading

from core.folders import saved_folder
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


def take() -> int:
    """How many files were removed, for the first caller; 0 for the others."""
    global _removed
    with _lock:
        found, _removed = _removed, 0
    return found
