"""Frozen trunk, linear head: the last layer is fitted by logistic regression, solved to convergence; nothing else learns.

Where images are few, a network that learns as a whole learns the images. What its trunk, as it is, sees of each image is computed once,
so a fit takes seconds. For the same reason no patient is spared: the layer is fitted to the training and the validation part, and the
scores of the validation part, which calibration and threshold are chosen on, come from fits that had nothing of their patient.
"""

import time
from pathlib import Path

import numpy as np
import torch
from lightning.fabric import Fabric
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import StandardScaler
from torch import nn
from tqdm import tqdm

from core.datasets.manifest import Split
from core.errors import RecipeError
from core.inference.calibration import fit as fit_temperature
from core.inference.calibration import probabilities
from core.models.architectures import Classifier
from core.models.heads import output_layer
from core.training.data import Data
from core.training.frozen_features import FrozenMaps
from core.training.history import FILE, History
from core.training.recipe import Recipe

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)  # C of scikit-learn: the larger, the weaker the penalty
FOLDS = 5
PARTS: tuple[Split, ...] = ("train", "validation")


def fit_linear_head(fabric: Fabric, model: Classifier, data: Data, folder: Path, recipe: Recipe) -> np.ndarray:
    """Fit the last layer in place; returns logits of the validation part out of fold, float32 (N, C).

    Each image counts as it is and, with `cached_augmentations`, in as many changed copies. The penalty is the one with the smallest
    cross-entropy out of fold, by patient, after a temperature. history.csv gets one epoch, of out-of-fold logits.

    Raises
    ------
    RecipeError
        If the architecture has another head.
    """
    start, space, layer = time.monotonic(), recipe.space, output_layer(model.head).cpu()
    if not isinstance(model.head, nn.Sequential) or sum(isinstance(m, nn.Linear) for m in model.head) != 1:
        raise RecipeError(
            f"The head of {recipe.architecture} is not one linear layer, which logistic_head needs.", "Choose another architecture."
        )
    learned = [_learned(data, part, nn.Sequential(model.trunk, *model.head[:-1]), fabric, recipe) for part in PARTS]
    features, labels, groups = (np.concatenate([part[k] for part in learned], axis=1) for k in range(3))
    strength, logits = _chosen(features, labels, groups, recipe)
    _fit(layer, features.reshape(-1, features.shape[-1]), labels.ravel(), strength, recipe)
    model.to(fabric.device)
    split = learned[0][1].shape[1]
    held_out = {"train": logits[:split], "validation": logits[split:]}
    if fabric.is_global_zero:
        (folder / FILE).unlink(missing_ok=True)  # of a fit that was cut off: it starts again
        history = History(folder, space)
        for part in PARTS:
            truth = data.part(part).truth
            loss = log_loss(truth, probabilities(held_out[part], space), labels=range(len(space.classes)))
            auroc = history.append(1, part, loss, held_out[part], truth, 0.0, time.monotonic() - start)
        tqdm.write(f"fitted the last layer, C {strength:g}: out-of-fold AUROC of validation {auroc:.3f}, {time.monotonic() - start:.0f} s")
    return held_out["validation"]


@torch.no_grad()
def set_to_regression(layer: nn.Conv2d | nn.Linear, regression: LogisticRegression) -> None:
    """A regression's coefficients as a layer's weights; of two classes scikit-learn gives the second one's alone."""
    weight, bias = regression.coef_, regression.intercept_
    if len(weight) == 1:
        weight, bias = np.concatenate([0 * weight, weight]), np.concatenate([0 * bias, bias])
    layer.weight.copy_(torch.from_numpy(weight).reshape(layer.weight.shape))
    assert layer.bias is not None
    layer.bias.copy_(torch.from_numpy(bias))


def _learned(data: Data, part: Split, below: nn.Sequential, fabric: Fabric, recipe: Recipe) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What reaches the last layer, float64 (copies, n, F), with classes and patients (copies, n); the first copy is unaltered."""
    maps = [FrozenMaps(data.part(part), below, fabric)]
    maps += [FrozenMaps(data.part(part, recipe.augmentation), below, fabric)] * recipe.cached_augmentations
    found = []
    for copy, images in enumerate(maps):
        images.start_epoch(max(0, copy - 1))
        found.append(images.maps[torch.from_numpy(images.data.where)].double().numpy())
    patients = np.array([i.patient_key for i in data.manifest.part(part)])
    return np.stack(found), np.stack([maps[0].truth] * len(maps)), np.stack([patients] * len(maps))


def _chosen(features: np.ndarray, labels: np.ndarray, groups: np.ndarray, recipe: Recipe) -> tuple[float, np.ndarray]:
    """The C that does best in a cross-validation by patient, and its out-of-fold logits of the unaltered images, float32 (n, C)."""
    folds = list(StratifiedGroupKFold(FOLDS, shuffle=True, random_state=recipe.seed).split(labels[0], labels[0], groups[0]))
    best: tuple[float, float, np.ndarray] = (np.inf, 0.0, np.zeros(0))
    for strength in STRENGTHS:
        out = np.zeros((labels.shape[1], len(recipe.space.classes)), np.float32)
        for rest, part in folds:
            layer = nn.Linear(features.shape[2], out.shape[1])
            _fit(layer, features[:, rest].reshape(-1, features.shape[2]), labels[:, rest].ravel(), strength, recipe)
            with torch.inference_mode():
                out[part] = layer(torch.from_numpy(features[0, part]).float()).numpy()
        temperature = fit_temperature(out, labels[0], recipe.space)  # the scale is calibrated later; a small C must not win by it
        loss = float(log_loss(labels[0], probabilities(out, recipe.space, temperature), labels=range(out.shape[1])))
        if loss < best[0]:
            best = loss, strength, out
    return best[1], best[2]


def _fit(layer: nn.Linear, features: np.ndarray, labels: np.ndarray, strength: float, recipe: Recipe) -> None:
    """Fit to standardised features; mean and deviation become part of the layer."""
    scaler = StandardScaler().fit(features)
    found = LogisticRegression(C=strength, max_iter=2000, class_weight="balanced" if recipe.class_weights else None)
    found.fit(scaler.transform(features), labels)
    found.coef_ = found.coef_ / scaler.scale_
    found.intercept_ = found.intercept_ - found.coef_ @ scaler.mean_
    set_to_regression(layer, found)
