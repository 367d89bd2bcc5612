"""Is a data set fit to learn from? Leakage stops a training; what weakens its results is reported. No torch."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.stats.contingency import association

from core.datasets.cache import cached_grids
from core.datasets.duplicates import SPEC, groups, near_duplicates, stem
from core.datasets.manifest import NO_PATIENTS, SPLITS, Item, Manifest
from core.datasets.regions import regions
from core.datasets.split import MAX_SHARE, MIN_PATIENTS
from core.errors import DataError

CONFOUNDED = 0.3  # Cramér's V of class and source; above it the source says much about the class
MIN_PER_CLASS = 10  # images of a class in a part


@dataclass(frozen=True)
class Finding:
    """One thing that an audit found.

    Attributes
    ----------
    check : str
        patients, files, names, near-duplicates, masks, source, keys or counts.
    stops : bool
        True for leakage: training does not start without a waiver.
    sentence : str
        What was found, for people.
    pairs : tuple of (str, str)
        Paths of images that belong together but may be separated; of an image and its empty mask.
    """

    check: str
    stops: bool
    sentence: str
    pairs: tuple[tuple[str, str], ...] = ()


def audit(manifest: Manifest, *, masks: bool = False, progress: Callable[[int, int], None] | None = None) -> tuple[Finding, ...]:
    """Look for leakage and confounding; an empty result means that nothing was found.

    Two images are separated when they are in different parts, or, where a manifest is not split yet, when they
    belong to different patients, since a split may separate them. All files are read once, for their hashes and
    contents; `progress(done, total)` is called meanwhile. With `masks` their mask images are read as well, which
    takes longer.

    Raises
    ------
    DataError
        If a file cannot be read; it is named.
    """
    manifest, grids = cached_grids(manifest, SPEC, progress=progress)
    items = manifest.items
    found = [
        _keys(manifest),
        _leak(items, "patients", groups([i.patient_key if i.split else "" for i in items]), "patients have images in more than one part"),
        _leak(items, "files", groups([i.sha256 for i in items]), "files occur more than once"),
        _leak(items, "names", _same_name(items), "names are those of copies of one image"),
        _leak(items, "near-duplicates", _near_duplicates(manifest, grids), "pairs of images show the same mammogram"),
        _masks(manifest) if masks else None,
        *_source(items),
        *_counts(manifest),
    ]
    return tuple(f for f in found if f)


def refuse(findings: Iterable[Finding], waiver: str | None) -> None:
    """Stop on leakage, unless it is waived.

    Raises
    ------
    DataError
        With the first finding that stops, and up to three of its pairs.
    """
    first = next((f for f in findings if f.stops), None)
    if first and not waiver:
        pairs = "; ".join(" and ".join(p) for p in first.pairs[:3])
        raise DataError(
            f"{first.sentence}{f' E.g. {pairs}.' if pairs else ''}",
            "Run `second-reader audit DIR` for all of it; correct the data, or give a reason with --waive: card and report repeat it.",
        )


def _same_name(items: tuple[Item, ...]) -> Iterator[list[int]]:
    """Images whose names differ only by what programs add to copies. Equal names, such as R_CC.dcm in every folder, mean nothing."""
    for where in groups([f"{i.source} {stem(i.path)}" for i in items]):
        if len({Path(items[k].path).stem.lower() for k in where}) > 1:
            yield where


def _near_duplicates(manifest: Manifest, grids: np.ndarray) -> Iterator[list[int]]:
    if manifest.synthetic:  # the stamp makes all phantoms alike; their cases differ
        yield from groups([i.case for i in manifest.items])
    else:
        yield from ([i, j] for i, j, _ in near_duplicates(grids))


def _separable(a: Item, b: Item) -> bool:
    """Whether a split has put two images into different parts, or could."""
    return a.split != b.split if a.split and b.split else a.patient_key != b.patient_key


def _leak(items: tuple[Item, ...], check: str, together: Iterable[list[int]], what: str) -> Finding | None:
    pairs, harmless, hit = [], 0, 0
    for where in together:
        one = items[where[0]]
        other = next((items[k] for k in where[1:] if _separable(one, items[k])), None)
        if other:
            hit += 1
            pairs.append((one.path, other.path))
        elif any(items[k].patient_key != one.patient_key for k in where[1:]):
            harmless += 1
    split = any(i.split for i in items)
    if hit:
        apart = "on both sides of the split" if split else "under different patients, so a split may separate them"
        return Finding(check, True, f"{hit} {what}, {apart}." if check != "patients" else f"{hit} {what}.", tuple(pairs))
    return Finding(check, False, f"{harmless} {what}, under different patients of one part.") if harmless else None


def _keys(manifest: Manifest) -> Finding | None:
    if all(i.split for i in manifest.items) and NO_PATIENTS not in manifest.traps:
        return None  # the source's own parts are checked for shared patients instead
    if NO_PATIENTS in manifest.traps:
        return Finding("keys", True, NO_PATIENTS)
    sizes = Counter(i.patient_key for i in manifest.items)
    largest = max(sizes.values())
    if len(sizes) < MIN_PATIENTS:
        return Finding("keys", True, f"{len(sizes)} patients were found in {len(manifest.items)} images: the patient key may be wrong.")
    if largest > MAX_SHARE * len(manifest.items):
        return Finding("keys", True, f"One patient holds {largest} of {len(manifest.items)} images: the patient key may be wrong.")
    return None


def _masks(manifest: Manifest) -> Finding | None:
    masked = [(i, mask) for i in manifest.items if not i.rois for mask in i.masks]
    empty = [(i.path, mask) for i, mask in masked if not regions(manifest.root, replace(i, masks=(mask,)))]
    return Finding("masks", False, f"Masks that are empty and give no region: {len(empty)}.", tuple(empty)) if empty else None


def cramers_v(items: Iterable[Item]) -> float | None:
    """Cramér's V between class and source, 0 to 1; None with fewer than two of either."""
    table = _class_by_source(items)
    return float(association(table, method="cramer")) if min(table.shape) > 1 else None


def _class_by_source(items: Iterable[Item]) -> np.ndarray:
    counts = Counter((i.label, i.source) for i in items)
    labels, sources = sorted({k[0] for k in counts}), sorted({k[1] for k in counts})
    return np.array([[counts[label, source] for source in sources] for label in labels])


def _source(items: tuple[Item, ...]) -> Iterable[Finding]:
    v = cramers_v(items)
    if v is None:
        return
    if v >= CONFOUNDED:
        yield Finding(
            "source", False, f"Class and source are associated (Cramér's V {v:.2f}): a model may learn the scanner instead of the finding."
        )
    sources: dict[str, set[str]] = {}
    for i in items:
        sources.setdefault(i.label, set()).add(i.source)
    for label, where in sorted(sources.items()):
        if len(where) == 1:
            yield Finding(
                "source", False, f"All images of {label or 'no label'} come from {next(iter(where))}: their source gives the class away."
            )


def _counts(manifest: Manifest) -> Iterable[Finding]:
    for part in (*SPLITS, None):
        items = [i for i in manifest.items if i.split == part]
        counts = Counter(c for i in items for c in manifest.classes_of(i))
        few = [f"{c} ({counts[c]})" for c in manifest.space.classes if counts[c] < MIN_PER_CLASS]
        if items and few:
            where = f"The {part} part" if part else "The data set"
            yield Finding(
                "counts", False, f"{where} holds fewer than {MIN_PER_CLASS} images of: {', '.join(few)}. Their metrics are imprecise."
            )
