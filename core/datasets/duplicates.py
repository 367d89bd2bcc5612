"""Images that are copies of one another: by file, by name, and by what they show. No torch."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from core.imaging.input import InputSpec

SPEC = InputSpec(size=(96, 96), crop="none", orientation="none", resize="stretch")  # of the grids that are compared
SIDE, SIGMA = 64, 3.0  # of the fingerprint, pixels
NEAR_DUPLICATE = 0.92  # mammograms of different patients reach 0.88, altered copies of one mammogram fall to 0.92 (bench/audit.py)
BLOCK = 1024  # fingerprints compared at once; bounds the memory
_MADE = "copy|aug(mented)?|flip(ped)?|[hv]flip|mirror|rot(ated)?|bright|noise|crop|gamma|blur|orig(inal)?"
_COPY = re.compile(rf"(\.rf\.[0-9a-f]{{8,}}|[ _-]*\(\d+\)|[ _-]+({_MADE})[ _-]?\d*|_(jpe?g|png))$", re.IGNORECASE)


def stem(path: str) -> str:
    """A file's name without what programs add to copies: `12_flip.png`, `12 (3).png` and `12_jpg.rf.0a….jpg` are all `12`."""
    name, before = Path(path).stem, ""
    while name != before:
        before, name = name, _COPY.sub("", name) or name
    return name.lower()


def near_duplicates(grids: np.ndarray) -> Iterator[tuple[int, int, float]]:
    """Yield (i, j, similarity) with i < j of images that show the same mammogram, under the eight flips and quarter turns.

    Each image is reduced to its fine structure, and two of them are compared by the cosine between those:
    brightness, contrast, inversion, moderate noise, size and JPEG compression change it little.

    Parameters
    ----------
    grids : numpy.ndarray
        uint16 (n, rows, columns), as `core.datasets.cache.cached_grids` gives them for `SPEC`.
    """
    prints = np.stack([fingerprint(g) for g in grids]) if len(grids) else np.empty((0, SIDE, SIDE), np.float32)
    flat = prints.reshape(len(prints), SIDE * SIDE)
    for a in range(0, len(prints), BLOCK):
        for b in range(a, len(prints), BLOCK):
            like = np.zeros((len(flat[a : a + BLOCK]), len(flat[b : b + BLOCK])), np.float32)
            for turned in _turned(prints[b : b + BLOCK]):
                np.maximum(like, np.abs(flat[a : a + BLOCK] @ turned.reshape(len(turned), -1).T), out=like)
            for i, j in np.argwhere(like >= NEAR_DUPLICATE):
                if a + i < b + j:
                    yield int(a + i), int(b + j), float(like[i, j])


def fingerprint(grid: np.ndarray) -> np.ndarray:
    """The fine structure of one image, float32 (64, 64) of length 1: local mean taken off, local contrast evened out."""
    x = cv2.resize(np.asarray(grid, np.float32) / 65535, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    fine = x - cv2.GaussianBlur(x, (0, 0), SIGMA)
    fine /= np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), 2 * SIGMA)) + 0.01
    fine -= fine.mean()
    return fine / max(float(np.linalg.norm(fine)), 1e-6)


def _turned(prints: np.ndarray) -> Iterator[np.ndarray]:
    for turns in range(4):
        turned = np.rot90(prints, turns, (1, 2))
        yield np.ascontiguousarray(turned)
        yield np.ascontiguousarray(turned[:, :, ::-1])


def groups(keys: Sequence[str]) -> Iterator[list[int]]:
    """Positions that share a key, for each key that occurs more than once; empty keys are ignored."""
    found: dict[str, list[int]] = {}
    for i, key in enumerate(keys):
        if key:
            found.setdefault(key, []).append(i)
    yield from (where for where in found.values() if len(where) > 1)
