"""Patches at the grid's full resolution: first what a lesion looks like, then the whole image.

After L. Shen et al. 2019, Deep learning to improve breast cancer detection on screening mammography,
Scientific Reports 9, 12495: a network that has learned from patches round the lesions is trained on with
whole images. Here it keeps its head: the networks pool adaptively, so that patches and grids both fit.
"""

from dataclasses import dataclass

import numpy as np

from core.datasets.phantom.plan import KINDS
from core.datasets.regions import regions
from core.errors import DataError
from core.imaging.breast import find_breast
from core.imaging.input import Geometry, InputSpec
from core.labels import LabelSpace
from core.training.augment import augment
from core.training.data import Data
from core.training.loaders import TrainingImages
from core.training.recipe import Augmentation

BOX = tuple[float, float, float, float]  # top, left, bottom, right in grid pixels
MARGIN = 1.4  # sides of what is altered over sides of the patch: turned by 10° and shrunk by a tenth, its corners are not black yet
JITTER = 0.25  # of the patch, at most: a lesion's centre stays in the middle half
CENTRES = 256  # places kept for healthy patches of one image


@dataclass(frozen=True)
class Spot:
    """Where patches of one image may be cut, and what they are called.

    Attributes
    ----------
    grid : int
        Row of the grids' array.
    label : str
        As in `Item.label`.
    box : tuple of float or None
        The lesion, in grid pixels; None for healthy tissue.
    centres : ndarray, int16 (k, 2), or None
        Row and column of possible centres in healthy tissue; None for a lesion.
    """

    grid: int
    label: str
    box: BOX | None = None
    centres: np.ndarray | None = None

    def draw_centre(self, size: tuple[int, int], rng: np.random.Generator) -> tuple[float, float]:
        """Row and column of a patch's centre. A patch of a lesion holds all of it or, where the lesion is larger, nothing else."""
        if self.box is not None:
            top, left, bottom, right = self.box
            reach = [min(abs(k - side) / 2, JITTER * k) for k, side in zip(size, (bottom - top, right - left), strict=True)]
            row, col = rng.uniform(-1, 1, 2) * reach
            return (top + bottom) / 2 + row, (left + right) / 2 + col
        assert self.centres is not None, "a spot has a box or centres"
        row, col = self.centres[rng.integers(len(self.centres))]
        return row, col


class Patches(TrainingImages):
    """Inputs, float32 (channels, patch rows, patch columns), and targets; stands in for `Grids` in the first epochs.

    Every other patch shows a lesion, the rest healthy tissue where the space has a name for it. There are as
    many patches in an epoch as images in the training part, so that steps and learning rates stay those of
    the recipe; where there are more spots than turns, the epochs share them. What is cut and how it is
    changed depends on (seed, epoch, index) alone.

    Attributes
    ----------
    truth : ndarray
        Of this epoch's patches: int64 (n,), or float32 (n, C) in a multilabel space.
    all_truth : ndarray
        Truth of all lesions and of as much healthy tissue.
    """

    def __init__(
        self,
        grids: np.ndarray,
        lesions: list[Spot],
        healthy: list[Spot],
        n: int,
        *,
        space: LabelSpace,
        spec: InputSpec,
        size: tuple[int, int],
        augmentation: Augmentation,
    ) -> None:
        self.grids, self.n, self.spec, self.size, self.augmentation = grids, n, spec, size, augmentation
        # Shuffled once: an epoch that has no time for all of them should not see one corner of the table.
        mixed = np.random.default_rng(augmentation.seed)
        self.spots = [[spots[k] for k in mixed.permutation(len(spots))] for spots in (lesions, healthy) if spots]
        self.truths = [space.targets([s.label for s in spots]) for spots in self.spots]
        self.all_truth = np.concatenate([t[np.arange(len(lesions)) % len(t)] for t in self.truths])
        self.most_frequent = np.bincount(self.all_truth).argmax() if self.all_truth.ndim == 1 else None
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Choose the epoch's spots."""
        super().start_epoch(epoch)
        self.truth = np.stack([self.truths[kind][which] for kind, which in map(self._turn, range(self.n))])

    def __getitem__(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        kind, which = self._turn(i)
        spot, truth = self.spots[kind][which], self.truths[kind][which]
        rng, size, limits = self.augmentation.rng(self.epoch, i), self.size, self.augmentation.limits
        row, col = spot.draw_centre(size, rng)
        wide = cut(self.grids[spot.grid], row, col, size)
        strength = 1.0 if self.most_frequent is None or truth == self.most_frequent else limits.minority_strength
        wide = augment(wide, limits, rng, strength, pivot=(wide.shape[1] / 2, wide.shape[0] / 2))
        top, left = ((have - want) // 2 for have, want in zip(wide.shape, size, strict=True))
        return self.spec.finish(np.ascontiguousarray(wide[top : top + size[0], left : left + size[1]])), truth

    def _turn(self, i: int) -> tuple[int, int]:
        """Index → which of `spots` (0: lesions), and which of its members in this epoch."""
        kinds = len(self.spots)
        return i % kinds, (i // kinds + self.epoch * (self.n // kinds)) % len(self.spots[i % kinds])


def patches_of(data: Data, size: tuple[int, int], augmentation: Augmentation) -> Patches:
    """The patches of the training part.

    An image with a positive label and without boxes gives none: where its lesion lies is not known.

    Raises
    ------
    DataError
        If no box of the training part counts in the label space.
    """
    lesions: list[Spot] = []
    healthy: list[Spot] = []
    space, n = data.manifest.space, 0
    for row, (item, place) in enumerate(zip(data.manifest.items, data.places, strict=True)):
        if item.split != "train":
            continue
        n += 1
        called = item.label if space.kind == "multilabel" else space.classes[space.index(item.label)]
        boxes = [(on_grid(r[:4], place.geometry), r[4]) for r in regions(data.manifest.root, item)]
        for box, kind in boxes:
            label = label_of_box(kind, called, space)
            if label is not None and _within((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, place.geometry):
                lesions.append(Spot(row, label, box))
        label = _healthy_label(space)
        if label is not None and (boxes or called == label):
            centres = healthy_centres(data.grids[row], [box for box, _ in boxes], size)
            if len(centres):
                healthy.append(Spot(row, label, None, centres))
    if not lesions:
        raise DataError(
            f"No image of the training part has a box of a lesion that counts in the label space {space.name}.",
            "Set patch_epochs = 0, or train on data with regions.",
        )
    return Patches(data.grids, lesions, healthy, n, space=space, spec=data.spec, size=size, augmentation=augmentation)


def label_of_box(kind: str, label: str, space: LabelSpace) -> str | None:
    """What a patch round a box of `kind` is called in an image called `label`; None where the label is not about this box.

    A phantom's kind says what the box shows. Boxes of other sources are taken for what the image is called.
    """
    if not space.localisable:
        return None
    if kind not in KINDS:
        return label
    severity, _, calcification, _ = KINDS[kind]
    if space.kind == "multilabel":  # a mass among calcifications is worth knowing: a lesion without any of the labels
        return calcification if calcification in label.split() else ""
    names = space.named(calcification) | space.named(severity)
    return label if label in names else None


def _healthy_label(space: LabelSpace) -> str | None:
    return "" if space.kind == "multilabel" else space.negative


def on_grid(box: tuple[int, int, int, int], geometry: Geometry) -> BOX:
    """A half-open box in scan pixels → in grid pixels; mirrored where the grid is."""
    # Geometry speaks of pixel centres, a box of edges: half a pixel apart on both sides.
    (top, one), (bottom, other) = (geometry.point_to_grid(r - 0.5, c - 0.5) for r, c in (box[:2], box[2:]))
    return top + 0.5, min(one, other) + 0.5, bottom + 0.5, max(one, other) + 0.5


def _within(row: float, col: float, geometry: Geometry) -> bool:
    p = geometry.placed
    return p.top <= row < p.bottom and p.left <= col < p.right


def healthy_centres(grid: np.ndarray, boxes: list[BOX], size: tuple[int, int]) -> np.ndarray:
    """Centres in the breast, int16 (k, 2), whose patches, with what may turn into them, touch no box; at most CENTRES of them."""
    breast = find_breast(grid.astype(np.float32) / 65535)
    mask = breast.mask if breast else np.ones((64, 64), bool)
    rows, cols = ((k + 0.5) * side / cells for k, side, cells in zip(np.nonzero(mask), grid.shape, mask.shape, strict=True))
    top, left = corner(rows, cols, size, grid.shape)
    free = np.ones(len(rows), bool)
    for t, x, b, r in boxes:
        middle = top + size[0] / 2, left + size[1] / 2
        reach = size[0] * MARGIN / 2, size[1] * MARGIN / 2
        free &= (middle[0] + reach[0] <= t) | (middle[0] - reach[0] >= b) | (middle[1] + reach[1] <= x) | (middle[1] - reach[1] >= r)
    which = np.flatnonzero(free)
    which = which[np.unique(np.linspace(0, len(which) - 1, min(CENTRES, len(which))).astype(int))] if len(which) else which
    return np.stack([rows[which], cols[which]], 1).astype(np.int16)


def corner(row: np.ndarray, col: np.ndarray, size: tuple[int, int], shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Top and left, integers, of the patch round a centre that lies wholly on the grid."""
    top, left = (np.clip(np.rint(c - k / 2), 0, n - k).astype(int) for c, k, n in zip((row, col), size, shape, strict=True))
    return top, left


def cut(grid: np.ndarray, row: float, col: float, size: tuple[int, int]) -> np.ndarray:
    """The patch round a centre with a margin on each side, uint16; black where the margin leaves the grid."""
    edges = [round(k * (MARGIN - 1) / 2) for k in size]
    wide = np.zeros([k + 2 * e for k, e in zip(size, edges, strict=True)], np.uint16)
    starts = [int(c) - e for c, e in zip(corner(np.asarray(row), np.asarray(col), size, grid.shape), edges, strict=True)]
    seen = tuple(slice(max(0, s), min(n, s + k)) for s, n, k in zip(starts, grid.shape, wide.shape, strict=True))
    wide[tuple(slice(p.start - s, p.stop - s) for p, s in zip(seen, starts, strict=True))] = grid[seen]
    return wide
