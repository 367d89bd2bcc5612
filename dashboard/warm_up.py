"""Imports of torch and the rest in the background: they take seconds, and an empty page needs none of them."""

import threading
from collections.abc import Sequence
from functools import cache
from importlib import import_module

# Seconds after the first page, then what is imported. Imports hold the interpreter's lock: the first page shall reach the browser before
# them, and the shipped sample exam, which needs no torch, shall open before torch is imported.
STAGES: dict[float, Sequence[str]] = {
    1.0: ("core.scans.dicom", "dashboard.read.page"),
    12.0: ("core.datasets.phantom", "core.inference.predictor", "core.inference.gradcam"),
}


@cache
def start() -> None:
    """Begin, once a process, after the first page is up."""
    for seconds, modules in STAGES.items():
        timer = threading.Timer(seconds, lambda names=modules: [import_module(name) for name in names])
        timer.daemon = True
        timer.start()
