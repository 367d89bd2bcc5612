"""Box supervision: the head of an architecture that judges cells (`CellHead`) is fitted to boxes round lesions; the trunk stays as it is.

Where images are few, a box says more than a label: which cells of the trunk's map show a lesion, and that all others do not.
Two logistic regressions, solved to convergence, take the place of epochs: one over cells, one over images. The second is fitted to
out-of-fold scores, which each image got from cells of other patients; its own would be too good.
"""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from lightning.fabric import Fabric
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedGroupKFold
from tqdm import tqdm

from core.datasets.manifest import Split
from core.datasets.regions import regions
from core.errors import DataError
from core.inference.calibration import probabilities
from core.labels import SPACES
from core.models.architectures import Classifier
from core.models.heads import CamLayer, CellHead
from core.training.data import Data
from core.training.frozen_features import FrozenMaps
from core.training.history import FILE, History
from core.training.linear_head import set_to_regression
from core.training.loaders import Grids, in_order
from core.training.patches import BOX, label_of_box, on_grid
from core.training.trainer import predict

UNKNOWN = -1
RING = 2.5  # squared radii of a box's ellipse; between 1 and this, cells see a bit of the lesion and count neither way
LESION_CELLS, HEALTHY_CELLS = 40, 120  # of an image, at most
CELLS_C = 3e-3  # of the regression over cells (scikit-learn): small, because neighbouring cells are hardly independent
FOLDS = 4


@dataclass(frozen=True)
class Cells:
    """Chosen cells of an image: features, float32 (n, F), classes, int (n,), and weights (n,)."""

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray


def fit_to_boxes(fabric: Fabric, model: Classifier, data: Data, folder: Path, *, seed: int, class_weights: bool, batch_size: int) -> None:
    """Fit the head in place; history.csv gets one epoch, whose training row is about out-of-fold scores.

    Raises
    ------
    DataError
        If a class has no box in the training part, or the label space has no class for healthy tissue.
    """
    start, space = time.monotonic(), data.manifest.space
    if space.negative is None:
        known = " or ".join(s.name for s in SPACES.values() if s.negative)
        raise DataError(
            f"box_supervised needs a label space with a class for healthy tissue, {known}, not {space.name}.", "Leave box_supervised out."
        )
    part = data.part("train")
    maps = FrozenMaps(part, model.trunk, fabric)
    maps.start_epoch(0)
    head = model.head.cpu().eval()
    assert isinstance(head, CellHead), "Recipe lets no other head be fitted to boxes"
    pooled = _fit_head(head, maps.maps[torch.from_numpy(part.where)], data, part, model.cam, seed, class_weights)
    if fabric.is_global_zero:
        (folder / FILE).unlink(missing_ok=True)  # of a fit that was cut off: it starts again
        with torch.inference_mode():
            seen: dict[Split, tuple[np.ndarray, np.ndarray]] = {"train": (head.image(torch.from_numpy(pooled)).numpy(), part.truth)}
        seen["validation"] = predict(fabric, model.to(fabric.device), in_order(data.part("validation"), batch_size))
        history = History(folder, space)
        for split, (logits, labels) in seen.items():
            loss = log_loss(labels, probabilities(logits, space), labels=range(len(space.classes)))
            auroc = history.append(1, split, loss, logits, labels, 0.0, time.monotonic() - start)
        tqdm.write(f"fitted to boxes: validation AUROC {auroc:.3f}, {time.monotonic() - start:.0f} s")


def _fit_head(head: CellHead, maps: torch.Tensor, data: Data, part: Grids, cam: CamLayer, seed: int, class_weights: bool) -> np.ndarray:
    """Fit both regressions; returns the out-of-fold scores, float32 (n, classes − 1), that the second one was fitted to."""
    classes, rows, columns = data.manifest.space.classes, *maps.shape[2:]
    truths = [cell_truth(data, row, cam, (rows, columns)) for row in part.where]
    chosen = [_choose(image, truth, seed) for image, truth in zip(maps, truths, strict=True)]
    patients = np.array([i.patient_key for i in data.manifest.part("train")])
    pooled = np.zeros((len(chosen), len(classes) - 1), np.float32)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(patients, part.truth, patients)
    for others, fold in tqdm(folds, total=FOLDS, desc="fitting cells", leave=False):
        _fit_cells(head, [chosen[n] for n in others], classes)
        pooled[fold] = _pooled(head, maps, fold)
    _fit_cells(head, chosen, classes)
    set_to_regression(head.image, LogisticRegression(class_weight="balanced" if class_weights else None).fit(pooled, part.truth))
    return pooled


def cell_truth(data: Data, row: int, cam: CamLayer, shape: tuple[int, int]) -> np.ndarray:
    """Class of each cell of an image's map, int (h, w): 0 healthy, UNKNOWN where neither label nor boxes decide."""
    item, space, geometry = data.manifest.items[row], data.manifest.space, data.places[row].geometry
    boxes = regions(data.manifest.root, item)
    healthy = space.index(item.label) == 0
    out = np.full(shape, 0 if healthy or boxes else UNKNOWN)
    rows, cols = (cam.first + cam.stride * np.arange(n) for n in shape)
    distances = [(_radius(on_grid(r[:4], geometry), rows, cols, cam.stride), r[4]) for r in boxes]
    for radius, _ in distances:
        out[radius <= RING] = UNKNOWN
    for radius, kind in distances:  # a lesion in another one's ring stays a lesion
        label = label_of_box(kind, item.label, space)
        out[radius <= 1] = UNKNOWN if label is None else space.index(label)
    return out


def _radius(box: BOX, rows: np.ndarray, cols: np.ndarray, stride: float) -> np.ndarray:
    """Squared distance of cells from a box's centre, in radii of its ellipse, which is at least a cell wide."""
    top, left, bottom, right = box
    down = (rows + 0.5 - (top + bottom) / 2) / max((bottom - top) / 2, stride)
    across = (cols + 0.5 - (left + right) / 2) / max((right - left) / 2, stride)
    return down[:, None] ** 2 + across[None] ** 2


@torch.inference_mode()
def _choose(maps: torch.Tensor, truth: np.ndarray, seed: int) -> Cells:
    """Some cells of one image. Its lesions weigh 1 together, and so does its healthy tissue."""
    features, truth, rng = maps.float().flatten(1).T.numpy(), truth.ravel(), np.random.default_rng(seed)
    limits = ((truth > 0, LESION_CELLS), (truth == 0, HEALTHY_CELLS))
    parts = [rng.permutation(np.flatnonzero(which))[:most] for which, most in limits]
    rows = np.concatenate(parts)
    return Cells(features[rows], truth[rows], np.concatenate([np.full(len(p), 1 / max(1, len(p))) for p in parts]))


def _fit_cells(head: CellHead, chosen: list[Cells], classes: tuple[str, ...]) -> None:
    """Fit `head.cells`. All classes of lesions weigh the same, and healthy tissue as much as they do together."""
    x, y, weight = (np.concatenate([getattr(c, name) for c in chosen]) for name in ("x", "y", "weight"))
    for k, name in enumerate(classes):
        if not (y == k).any():
            raise DataError(
                f"No box of the training part shows {name}.", "Train on data with regions of each class, or leave box_supervised out."
            )
        weight[y == k] *= (len(classes) - 1 if k == 0 else 1) / weight[y == k].sum()
    set_to_regression(head.cells, LogisticRegression(C=CELLS_C, max_iter=500).fit(x, y, sample_weight=weight * len(y) / weight.sum()))


@torch.inference_mode()
def _pooled(head: CellHead, maps: torch.Tensor, which: np.ndarray) -> np.ndarray:
    return np.concatenate([head.pooled(maps[n : n + 1].float()).numpy() for n in which.tolist()])
