"""Imports of torch and the rest in the background: they take seconds, and an empty page needs none of them."""

import threading
import time
from collections.abc import Sequence
from functools import cache

from dashboard.cache.imports import load

# Seconds after the first page, then what is imported. Imports hold the interpreter's lock: the first page shall reach the browser before
# them, and the shipped sample exam, which needs no torch, shall open before torch is imported. One after the other: the import of
# scipy.stats fails while another thread is half-way through torch.
STAGES: dict[float, Sequence[str]] = {
    1.0: ("core.scans.dicom", "scipy.stats", "dashboard.read.page"),
    12.0: ("core.datasets.phantom", "core.inference.predictor", "core.inference.gradcam"),
}


@cache
def start() -> None:
    """Begin, once a process, after the first page is up."""
    threading.Thread(target=_import, args=(time.monotonic(),), name="warm-up", daemon=True).start()


def _import(started: float) -> None:
    for seconds, modules in STAGES.items():
        time.sleep(max(0.0, started + seconds - time.monotonic()))
        for name in modules:
            load(name)
