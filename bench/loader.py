"""Images a second from the grid cache over decoding them every epoch, and what that means for a whole epoch.

python bench/loader.py
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch

from core.datasets.cache import cached_grids
from core.datasets.phantom import make
from core.datasets.sources import open_folder
from core.models.architectures import build
from core.scans import read_scan
from core.training.loaders import Grids
from core.training.recipe import Recipe, load_recipe

LIMIT, EXAMS, TURNS = 20.0, 4, 5


def main() -> int:
    """Print both ratios; exit 1 where the loader's is below its limit."""
    recipe = load_recipe("roboflow-tumour", ["label_space=triage", "pretrained=false"])
    with tempfile.TemporaryDirectory() as folder:
        data = make(Path(folder) / "data", EXAMS, seed=1, size="full")
        manifest = open_folder(data, recipe.space)
        manifest, grids = cached_grids(manifest, recipe.input, folder=Path(folder) / "cache")
        cached = Grids(grids, np.arange(len(grids)), manifest.targets(), recipe.input)
        fast, slow = [], []
        for _ in range(TURNS):
            fast.append(_seconds(lambda: [cached[i] for i in range(len(cached))]))
            slow.append(_seconds(lambda: [recipe.input.prepare(read_scan((data / i.path).read_bytes())) for i in manifest.items]))
    ratio = median(s / f for s, f in zip(slow, fast, strict=True))
    n = len(cached)
    print(
        f"loader, cached / decoding DICOM: {ratio:.0f} (limit {LIMIT:.0f}; {n / median(fast):.0f} against {n / median(slow):.1f} images/s)"
    )
    step = _step(recipe) * n / recipe.batch_size
    epochs = [(step + s) / (step + f) for s, f in zip(slow, fast, strict=True)]
    print(f"whole epoch, decoding / cached: {median(epochs):.2f} (with the training step of {recipe.architecture} on this machine)")
    return int(ratio < LIMIT)


def _seconds(work: Callable[[], object]) -> float:
    start = time.monotonic()
    work()
    return time.monotonic() - start


def _step(recipe: Recipe) -> float:
    """Seconds of one training step, forward and backward, at the recipe's size."""
    model = build(recipe.architecture, 3).to(memory_format=torch.channels_last)
    x = torch.rand(recipe.batch_size, 3, *recipe.input.size).contiguous(memory_format=torch.channels_last)
    times = [_seconds(lambda: model(x).sum().backward()) for _ in range(3)]
    return median(times)


if __name__ == "__main__":
    sys.exit(main())
