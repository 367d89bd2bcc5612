"""Imports that take long, one at a time: of two threads half-way through pydicom, or through torch and scipy, one fails."""

import threading
from importlib import import_module

_lock = threading.RLock()


def load(*modules: str) -> None:
    """Import these whole, before a thread or a page needs a part of them."""
    with _lock:
        for name in modules:
            import_module(name)
