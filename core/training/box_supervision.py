"""The head of an architecture that judges cells (`CellHead`), fitted to the boxes round a source's lesions; the trunk stays as it is.

Where images are few, a box tells more than a label: which cells of the trunk's map show a lesion, and that all others do not.
Two logistic regressions, solved to the end, take the place of epochs: one over cells, one over images. The second learns from
scores that each image got from cells of other patients, or it would trust them too much.
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

from core.datasets.regions import regions
from core.errors import DataError
from core.inference.calibration import probabilities
from core.models.architectures import CamLayer, Classifier
from core.models.heads import CellHead
from core.training import history
from core.training.data import Data
from core.training.frozen_features import FrozenMaps
from core.training.loaders import loader
from core.training.patches import BOX, NEGATIVE, label_of_box, on_grid
from core.training.recipe import Recipe
from core.training.trainer import predict

UNKNOWN = -1
RING = 2.5  # squared radii of a box's ellipse; between 1 and this, cells see a bit of the lesion and count neither way
LESION_CELLS, HEALTHY_CELLS = 40, 120  # of an image, at most
STRENGTH = 3e-3  # C of the regression over cells (scikit-learn); neighbouring cells of few lesions say the same again and again
FOLDS = 4


@dataclass(frozen=True)
class Cells:
    """Chosen cells of an image: what is known of them, float32 (n, F), their classes, int (n,), and their weights (n,)."""

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray


def fit_to_boxes(fabric: Fabric, model: Classifier, data: Data, recipe: Recipe, folder: Path) -> None:
    """Fit the head in place; history.csv gets one epoch, whose training row is about images that were scored by other patients' cells.

    Raises
    ------
    DataError
        If a class has no box in the training part, or the label space has no class for healthy tissue.
    """
    start, space = time.monotonic(), recipe.space
    if space.name not in NEGATIVE:
        known = " or ".join(NEGATIVE)
        raise DataError(
            f"box_supervised needs a label space with a class for healthy tissue, {known}, not {space.name}.", "Leave box_supervised out."
        )
    part, items = data.part("train", recipe), data.manifest.part("train")
    maps = FrozenMaps(part, model.trunk, fabric)
    maps.epoch = 0
    head, truth = model.head.cpu().eval(), part.truth
    known = [cell_truth(data, row, model.cam, maps.maps.shape[2:]) for row in part.where]
    chosen = [_choose(image, cells, recipe.seed) for image, cells in zip(maps.maps, known, strict=True)]
    patients = np.array([i.patient_key for i in items])
    pooled = np.zeros((len(items), len(space.classes) - 1), np.float32)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=recipe.seed).split(patients, truth, patients)
    for others, held in tqdm(folds, total=FOLDS, desc="fitting cells", leave=False, disable=not fabric.is_global_zero):
        _fit_cells(head, [chosen[n] for n in others], space.classes)
        pooled[held] = _pooled(head, maps.maps, held)
    _fit_cells(head, chosen, space.classes)
    regression = LogisticRegression(class_weight="balanced" if recipe.class_weights else None).fit(pooled, truth)
    _set(head.image, regression)
    if fabric.is_global_zero:
        (folder / "history.csv").unlink(missing_ok=True)  # of a fit that was cut off: it begins anew
        with torch.inference_mode():
            seen = {"train": (head.image(torch.from_numpy(pooled)).numpy(), truth)}
        seen["validation"] = predict(fabric, model.to(fabric.device), loader(data.part("validation", recipe), recipe, train=False))
        for split, (logits, labels) in seen.items():
            loss = log_loss(labels, probabilities(logits, space), labels=range(len(space.classes)))
            measured = history.measure(logits, labels, recipe)
            history.append(folder / "history.csv", 1, split, loss, measured, 0.0, time.monotonic() - start)
        tqdm.write(f"fitted to boxes: validation AUROC {measured['auroc']:.3f}, {time.monotonic() - start:.0f} s")


def cell_truth(data: Data, row: int, cam: CamLayer, shape: tuple[int, int]) -> np.ndarray:
    """Class of each cell of an image's map, int (h, w): 0 healthy, UNKNOWN where neither label nor boxes tell."""
    item, space, geometry = data.manifest.items[row], data.manifest.space, data.places[row].geometry
    boxes = regions(data.manifest.root, item)
    healthy = space.index(item.label) == 0
    out = np.full(shape, 0 if healthy or boxes else UNKNOWN)
    rows, cols = (cam.first + cam.stride * np.arange(n) for n in shape)
    distances = [(_radius(on_grid(tuple(box), geometry), rows, cols, cam.stride), kind) for *box, kind in boxes]
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
    described = maps.float().flatten(1).T.numpy()
    rng, truth, rows, weights = np.random.default_rng(seed), truth.ravel(), [], []
    for which, most in ((truth > 0, LESION_CELLS), (truth == 0, HEALTHY_CELLS)):
        some = rng.permutation(np.flatnonzero(which))[:most]
        rows.append(some)
        weights.append(np.full(len(some), 1 / max(1, len(some))))
    rows = np.concatenate(rows)
    return Cells(described[rows], truth[rows], np.concatenate(weights))


def _fit_cells(head: CellHead, chosen: list[Cells], classes: tuple[str, ...]) -> None:
    """Fit `head.cells`. All classes of lesions weigh the same, and healthy tissue as much as they do together."""
    x, y, weight = (np.concatenate([getattr(c, name) for c in chosen]) for name in ("x", "y", "weight"))
    for k, name in enumerate(classes):
        if not (y == k).any():
            raise DataError(
                f"No box of the training part shows {name}.", "Train on data with regions of each class, or leave box_supervised out."
            )
        weight[y == k] *= (len(classes) - 1 if k == 0 else 1) / weight[y == k].sum()
    _set(head.cells, LogisticRegression(C=STRENGTH, max_iter=500).fit(x, y, sample_weight=weight * len(y) / weight.sum()))


@torch.inference_mode()
def _pooled(head: CellHead, maps: torch.Tensor, which: np.ndarray) -> np.ndarray:
    return np.concatenate([head.pooled(maps[n : n + 1].float()).numpy() for n in which.tolist()])


@torch.no_grad()
def _set(layer: torch.nn.Module, regression: LogisticRegression) -> None:
    """A regression's coefficients as a layer's weights; of two classes scikit-learn gives the second one's alone."""
    weight, bias = regression.coef_, regression.intercept_
    if len(weight) == 1:
        weight, bias = np.concatenate([0 * weight, weight]), np.concatenate([0 * bias, bias])
    layer.weight.copy_(torch.from_numpy(weight).reshape(layer.weight.shape))
    layer.bias.copy_(torch.from_numpy(bias))
