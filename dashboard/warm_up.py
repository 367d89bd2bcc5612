"""Imports of torch and the rest in the background: they take seconds, and an empty page needs none of them."""

import threading
from functools import cache
from importlib import import_module

AFTER = 1.0  # seconds; imports hold the interpreter's lock, and the first page shall reach the browser before that
MODULES = ("core.scans.dicom", "core.datasets.phantom", "dashboard.read.page", "core.inference.predictor", "core.inference.gradcam")


@cache
def start() -> None:
    """Begin, once a process, after the first page is up."""
    timer = threading.Timer(AFTER, lambda: [import_module(name) for name in MODULES])
    timer.daemon = True
    timer.start()
