"""The search for near-duplicates: how long it takes, and how often it is wrong. Needs SECOND_READER_DATA.

python bench/audit.py
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from core.datasets.audit import audit
from core.datasets.cache import cached_grids
from core.datasets.duplicates import SPEC, near_duplicates
from core.datasets.sources import open_folder

FOLDER = Path(os.environ.get("SECOND_READER_DATA", ""))
LIMIT_S, IMAGES, PLANTED = 120, 3000, 300


def altered(grid: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A copy as people make them: turned or mirrored, another size, brightness, contrast and noise, JPEG at quality 60, some inverted."""
    x = cv2.resize(np.asarray(grid, np.float32) / 65535, None, fx=2, fy=2)
    x = np.rot90(x, rng.integers(4))[:, :: rng.choice((1, -1))]
    x = np.clip(x ** rng.uniform(0.75, 1.3) * rng.uniform(0.85, 1.1) + rng.normal(0, 0.01, x.shape), 0, 1)
    x = 1 - x if rng.random() < 0.2 else x
    jpeg = cv2.imencode(".jpg", np.rint(np.ascontiguousarray(x) * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
    return cv2.resize(cv2.imdecode(jpeg, 0), SPEC.size[::-1], interpolation=cv2.INTER_AREA).astype(np.uint16) * 257


def rates(name: str) -> float:
    """Plant altered copies among a real set's images; print recall and precision, return the recall."""
    manifest, grids = cached_grids(open_folder(FOLDER / name), SPEC)
    rng, n = np.random.default_rng(0), len(grids)
    chosen = rng.choice(n, min(PLANTED, n), replace=False)
    pool = np.concatenate([grids, np.stack([altered(grids[i], rng) for i in chosen])])
    found = {(i, j) for i, j, _ in near_duplicates(pool)}
    planted = {(int(i), n + k) for k, i in enumerate(chosen)}
    known = {(i, j) for i, j, _ in near_duplicates(np.asarray(grids))}
    copies_of_known = {(j, n + k) for k, i in enumerate(chosen) for a, b in known for j in ({a, b} - {int(i)} if int(i) in (a, b) else ())}
    wrong = {p for p in found - planted - known - copies_of_known if not (p[0] >= n and p[1] >= n)}
    patients = [i.patient for i in manifest.items]
    pairs = sum(patients[i] == patients[j] for i in range(n) for j in range(i + 1, n))
    of_patients = sum(patients[i] == patients[j] for i, j in known)
    recall, right = len(found & planted) / len(planted), len(found & planted)
    print(f"{name}: planted copies found {right} of {len(planted)} ({recall:.1%}), precision {right / max(1, right + len(wrong)):.1%}")
    print(f"  pairs of one patient taken for copies: {of_patients} of {pairs}; pairs of different patients: {len(known) - of_patients}")
    return recall


def seconds() -> float:
    """Audit of 3,000 PNG of one megapixel each, from their files."""
    rng = np.random.default_rng(1)
    rows, cols = np.mgrid[:1024, :1024]
    breast = ((rows - 512) / 450) ** 2 + (cols / 700) ** 2 < 1
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SECOND_READER_CACHE"] = f"{folder}/cache"
        for n in range(IMAGES):
            texture = cv2.resize(rng.normal(0, 30, (64, 64)).astype(np.float32), (1024, 1024), interpolation=cv2.INTER_CUBIC)
            path = Path(folder) / "data" / ("benign", "malignant")[n % 2] / f"w{n}_1.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), np.where(breast, 110 + texture, 3).clip(0, 255).astype(np.uint8))
        start = time.perf_counter()
        audit(open_folder(Path(folder) / "data"))
        return time.perf_counter() - start


def main() -> int:
    """Print the rates and the time; exit 1 where a limit is missed."""
    recalls = [rates(name) for name in ("mini-mias", "roboflow-breast-cancer")] if (FOLDER / "mini-mias").is_dir() else []
    if not recalls:
        print("Set SECOND_READER_DATA to the folder of real data for the rates.")
    took = seconds()
    print(f"audit of {IMAGES} images of 1 MP: {took:.0f} s, {took / LIMIT_S:.2f} of the limit of {LIMIT_S} s")
    return int(took > LIMIT_S or min(recalls, default=1) < 0.95)


if __name__ == "__main__":
    sys.exit(main())
