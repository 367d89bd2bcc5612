"""From the bytes of a 27 MB DICOM to score, heatmap and images ready for the browser, over decode + resize + forward.

python bench/dicom_to_score.py
"""

import io
import os
import sys
import time
from statistics import median

import cv2
import numpy as np
import pydicom
import torch

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.inference import Predictor
from core.scans import assess, read_scan
from dashboard.images.render import data_uri, grey, heat_png, jpeg, shrink, thumbnail

FACTOR, EXTRA, TURNS = 1.5, 0.3, 7


def main() -> int:
    """Print the ratio and the limit; exit 1 above it."""
    view = draw(plan_exam(1, 1), "L", "CC", "full")
    big = cv2.resize(view.pixels, (3328, 4096), interpolation=cv2.INTER_LINEAR)  # 27.3 MB, as a large detector gives
    data = dicom_bytes(_resized(view, big))
    predictor = Predictor.load("phantom-triage")
    model = predictor.model
    whole, bare = [], []
    for _ in range(TURNS):
        whole.append(_timed(lambda: _everything(data, predictor)))
        bare.append(_timed(lambda: _bare(data, predictor, model)))
        predictor._last = None
    (whole, whole_cpu), (bare, bare_cpu) = (zip(*pairs, strict=True) for pairs in (whole, bare))
    ratio = median(w / (FACTOR * b + EXTRA) for w, b in zip(whole, bare, strict=True))
    print(f"{len(data) / 1e6:.1f} MB: decode + resize + forward {median(bare):.3f} s; score, heatmap and images {median(whole):.3f} s")
    print(
        f"all / ({FACTOR} × (decode + resize + forward) + {EXTRA} s): {ratio:.2f} (limit 1); plain ratio {median(whole) / median(bare):.2f}"
    )
    print(f"CPU time, which other programs disturb less: {median(bare_cpu):.3f} s and {median(whole_cpu):.3f} s", end="; ")
    print(f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return int(ratio > 1)


def _resized(view, pixels):
    from dataclasses import replace

    return replace(view, pixels=pixels, spacing_mm=view.spacing_mm * 2560 / 3328)


def _everything(data: bytes, predictor: Predictor) -> None:
    """What the server does between the upload and the answer."""
    scan = read_scan(data)
    assert assess(scan).ok
    thumbnail(scan)
    _, maps = predictor.predict_and_explain(scan)
    data_uri(jpeg(grey(shrink(scan.display()))), "jpeg")
    data_uri(heat_png(shrink(maps["malignant"].relative(), 640)), "png")


def _bare(data: bytes, predictor: Predictor, model: torch.nn.Module) -> None:
    """The least that any program must do: decode, resize, forward."""
    pixels = pydicom.dcmread(io.BytesIO(data)).pixel_array.astype(np.float32)
    rows, cols = predictor.card.input.size
    small = cv2.resize(pixels, (cols, rows), interpolation=cv2.INTER_AREA) / 4095
    x = torch.from_numpy(np.broadcast_to(small, (1, 3, rows, cols)).copy())
    with torch.inference_mode():
        model(x.contiguous(memory_format=torch.channels_last))


def _timed(work) -> tuple[float, float]:
    """Seconds by the clock, and of CPU time in this process."""
    start, cpu = time.monotonic(), time.process_time()
    work()
    return time.monotonic() - start, time.process_time() - cpu


if __name__ == "__main__":
    sys.exit(main())
