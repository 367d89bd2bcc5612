"""Pre-decoded grids on disk: one memory-mapped file a data set and InputSpec, so that an epoch decodes nothing."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import numpy as np

from core.datasets.manifest import Item, Manifest
from core.errors import DataError, ScanError
from core.files import atomic_path, read_json, reserve, write_json
from core.folders import cache_folder
from core.imaging.breast import Box
from core.imaging.input import Geometry, InputSpec
from core.imaging.orientation import Turn
from core.scans import read_scan

FORMAT = 4  # of the cached files; another number makes older ones unused
GRID_FIELDS = ("size", "crop", "orientation", "resize")  # what decides a grid; filter, channels, mean and std act later


@dataclass(frozen=True)
class Place:
    """How a scan lies on its grid, and the millimetres of its pixels (rows, columns) where the file states them."""

    geometry: Geometry
    spacing_mm: tuple[float, float] | None

    @property
    def microns(self) -> float | None:
        """Micrometres of breast that one grid pixel covers, where the spacing is known."""
        return self.geometry.microns(self.spacing_mm)


def cached_grids(
    manifest: Manifest, spec: InputSpec, *, folder: Path | None = None, progress: Callable[[int, int], None] | None = None
) -> tuple[Manifest, np.ndarray]:
    """The grids of all items, memory-mapped uint16 (n, rows, columns) in the manifest's order, and the manifest with sha256 filled.

    The key holds each file's path, size and time of change, and the part of the InputSpec that decides a
    grid. `progress(done, total)` is called while decoding.

    Raises
    ------
    DataError
        If a file cannot be read; it is named.
    """
    grids, known = _kept(manifest, spec, folder or cache_folder(), progress)
    items = tuple(replace(i, sha256=k["sha256"]) for i, k in zip(manifest.items, known, strict=True))
    drawn = sum(k["synthetic"] for k in known)
    if not manifest.synthetic and 0 < drawn < len(items):
        raise DataError(
            f"The folder mixes mammograms with {drawn} phantoms.", "Keep them in folders of their own: a model is for one of the two."
        )
    return replace(manifest, items=items, synthetic=manifest.synthetic or drawn > 0), np.load(grids, mmap_mode="r")


def cached_places(manifest: Manifest, spec: InputSpec, *, folder: Path | None = None) -> tuple[Place, ...]:
    """How each scan lies on its grid, in the manifest's order; decodes what `cached_grids` has not decoded yet, with its errors."""
    _, known = _kept(manifest, spec, folder or cache_folder(), None)
    return tuple(
        Place(
            Geometry(tuple(k["shape"]), Box(*k["crop"]), k["flipped"], Box(*k["placed"]), (spec.size[0], spec.size[1]), Turn(*k["turn"])),
            tuple(k["spacing_mm"]) if k["spacing_mm"] else None,
        )
        for k in known
    )


def clear_cache(folder: Path | None = None) -> int:
    """Remove all grids but those that another process is decoding just now; returns the bytes removed."""
    folder, removed = folder or cache_folder(), 0
    for lock in folder.glob("*.lock"):
        with being_built(folder, lock.stem, wait=False) as ours:
            for path in folder.glob(f"{lock.stem}.*") if ours else ():
                removed += path.stat().st_size
                path.unlink(missing_ok=True)
    return removed


def _kept(manifest: Manifest, spec: InputSpec, folder: Path, progress: Callable[[int, int], None] | None) -> tuple[Path, list[dict]]:
    """The file of the grids and what is known of each image, decoded first where they are not there."""
    key = _key(manifest, spec)
    grids, facts = folder / f"{key}.npy", folder / f"{key}.json"
    if not facts.is_file():
        with being_built(folder, key):
            if not facts.is_file():
                _build(manifest, spec, grids, facts, progress)
    return grids, read_json(facts)


def _build(manifest: Manifest, spec: InputSpec, grids: Path, facts: Path, progress: Callable[[int, int], None] | None) -> None:
    known: list[dict] = []
    with atomic_path(grids) as part:
        out = np.lib.format.open_memmap(part, "w+", np.uint16, (len(manifest.items), *spec.size))
        reserve(part, part.stat().st_size)
        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            jobs = pool.map(lambda item: _read(manifest.root, item, spec), manifest.items)
            for n, (grid, fact) in enumerate(jobs):
                out[n] = grid
                known.append(fact)
                if progress:
                    progress(n + 1, len(manifest.items))
        out.flush()
        del out
    write_json(facts, known)  # last: a cache without it is not complete


def _read(root: Path, item: Item, spec: InputSpec) -> tuple[np.ndarray, dict]:
    try:
        scan = read_scan((root / item.path).read_bytes(), item.path)
    except (ScanError, OSError) as e:
        raise DataError(f"The file {item.path} cannot be read ({e}).", "Mend or remove it.") from e
    grid, g = spec.grid(scan)
    fact = {"sha256": scan.sha256, "synthetic": scan.synthetic, "spacing_mm": scan.spacing_mm}
    # The grid's way back to the scan, so that boxes in scan pixels find their place without decoding again.
    return grid, fact | {
        "shape": g.shape,
        "crop": astuple(g.crop),
        "flipped": bool(g.flipped),
        "placed": astuple(g.placed),
        "turn": astuple(g.turn),
    }


def _key(manifest: Manifest, spec: InputSpec) -> str:
    stamps = []
    for item in manifest.items:
        try:
            stat = (manifest.root / item.path).stat()
        except OSError as e:
            raise DataError(f"The file {item.path} is missing.", "Check that the download is complete.") from e
        stamps.append((item.path, stat.st_size, stat.st_mtime_ns))
    recipe = spec.model_dump(mode="json", include=set(GRID_FIELDS))
    return hashlib.sha256(json.dumps([FORMAT, str(manifest.root.resolve()), stamps, recipe]).encode()).hexdigest()[:24]


@contextmanager
def being_built(folder: Path, key: str, wait: bool = True) -> Iterator[bool]:
    """Keep two processes from writing the same grids at once, where the system can lock files.

    Yields False where another process holds them and `wait` is off.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(folder / f"{key}.lock", "w") as lock:
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            pass
        except BlockingIOError:
            yield False
            return
        yield True
