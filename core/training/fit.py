"""The training loop, on one page."""

import csv
import math
import time
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from lightning.fabric import Fabric
from sklearn.metrics import accuracy_score, precision_score, recall_score, roc_auc_score
from torch import nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from core.errors import RecipeError
from core.models.architectures import Classifier, keep_frozen_norms
from core.reading.calibration import probabilities
from core.training.recipe import Recipe

HISTORY = ("epoch", "split", "loss", "accuracy", "precision", "recall", "auroc", "lr", "seconds")
WARMUP_STEPS = 60


@dataclass(frozen=True)
class Fitted:
    """Best-validation weights, and when they were reached."""

    state: dict[str, torch.Tensor]
    epoch: int
    auroc: float


def fit(
    fabric: Fabric, model: Classifier, train: DataLoader, validation: DataLoader, recipe: Recipe, weights: torch.Tensor, history: Path
) -> Fitted:
    """Train and keep the weights with the best validation AUROC; a row a split and epoch goes to `history` as it happens.

    Raises
    ------
    RecipeError
        If the loss is no longer a number.
    """
    optimizer = torch.optim.AdamW(_groups(model, recipe), lr=recipe.lr, fused=True)
    model, optimizer = fabric.setup(model, optimizer)
    averaged = deepcopy(model) if recipe.ema else model
    criterion = _criterion(recipe, weights.to(fabric.device))
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", factor=0.3, patience=1)
    total, step, best, stale = recipe.epochs * len(train), 0, Fitted({}, -1, -math.inf), 0
    for epoch in range(recipe.epochs):
        start, losses, seen = time.monotonic(), [], []
        train.dataset.epoch = epoch
        model.train()
        keep_frozen_norms(model)
        for x, y in tqdm(train, desc=f"epoch {epoch + 1}/{recipe.epochs}", leave=False):
            if recipe.schedule != "plateau":
                _set_lr(optimizer, recipe, step, total)
            logits = model(_to(fabric, x))
            loss = criterion(logits.float(), y.to(fabric.device))
            optimizer.zero_grad(set_to_none=True)
            fabric.backward(loss)
            fabric.clip_gradients(model, optimizer, max_norm=5.0)
            optimizer.step()
            step += 1
            if recipe.ema:
                _average(averaged, model, min(recipe.ema, step / (step + 20)))
            losses.append(loss.item())
            seen.append((logits.detach().float().cpu().numpy(), y.numpy()))
        if not np.isfinite(losses).all():
            raise RecipeError("The loss is no longer a number.", "Lower `lr`, or set `precision` to 32-true.")
        logits, truth = (np.concatenate(part) for part in zip(*seen, strict=True))
        lr = optimizer.param_groups[0]["lr"]
        _log(history, epoch, "train", float(np.mean(losses)), logits, truth, recipe, lr, time.monotonic() - start)
        logits, truth = predict(fabric, averaged, validation)
        loss = criterion(torch.from_numpy(logits).to(fabric.device), torch.from_numpy(truth).to(fabric.device)).item()
        auroc = _log(history, epoch, "validation", loss, logits, truth, recipe, lr, time.monotonic() - start)
        if recipe.schedule == "plateau":
            plateau.step(auroc)
        if auroc > best.auroc:
            state = {k: v.detach().cpu().clone() for k, v in averaged.state_dict().items()}
            best, stale = Fitted(state, epoch, auroc), 0
        else:
            stale += 1
        tqdm.write(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, validation AUROC {auroc:.3f}, {time.monotonic() - start:.0f} s")
        if stale >= recipe.patience:
            break
    return best


@torch.inference_mode()
def predict(fabric: Fabric, model: nn.Module, data: DataLoader) -> tuple[np.ndarray, np.ndarray]:
    """Logits, float32 (N, C), and truth, in the loader's order; eval mode."""
    model.eval()
    parts = [(model(_to(fabric, x)).float().cpu().numpy(), y.numpy()) for x, y in tqdm(data, desc="predicting", leave=False)]
    logits, truth = zip(*parts, strict=True)
    return np.concatenate(logits), np.concatenate(truth)


def _to(fabric: Fabric, x: torch.Tensor) -> torch.Tensor:
    return x.to(fabric.device, memory_format=torch.channels_last, non_blocking=True)


def _groups(model: nn.Module, recipe: Recipe) -> list[dict]:
    """Weight decay acts on matrices and kernels, not on biases and norms."""
    learning = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in learning if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in learning if p.ndim <= 1], "weight_decay": 0.0},
    ]


def _criterion(recipe: Recipe, weights: torch.Tensor) -> nn.Module:
    weights = weights if recipe.class_weights else None
    if recipe.space.kind == "multilabel":
        return nn.BCEWithLogitsLoss(pos_weight=weights)
    return nn.CrossEntropyLoss(weights, label_smoothing=recipe.label_smoothing)


def _set_lr(optimizer: torch.optim.Optimizer, recipe: Recipe, step: int, total: int) -> None:
    lr = recipe.lr * min(1.0, (step + 1) / min(WARMUP_STEPS, max(1, total // 4)))
    if recipe.schedule == "cosine":
        lr *= 0.5 + 0.5 * math.cos(math.pi * step / total)
    for group in optimizer.param_groups:
        group["lr"] = lr


@torch.no_grad()
def _average(averaged: nn.Module, model: nn.Module, decay: float) -> None:
    for a, b in zip(averaged.state_dict().values(), model.state_dict().values(), strict=True):
        if a.is_floating_point():
            a.lerp_(b, 1 - decay)
        else:
            a.copy_(b)


def _log(
    history: Path, epoch: int, split: str, loss: float, logits: np.ndarray, truth: np.ndarray, recipe: Recipe, lr: float, seconds: float
) -> float:
    """Append a row of history.csv; returns the AUROC of the positive class or group (0.5 where it is undefined)."""
    space = recipe.space
    p = probabilities(logits, space)
    if space.kind == "multiclass":
        called, average = p.argmax(1), "macro"
        positive = np.isin(truth, space.members(space.positive))
    else:
        called, average = p > 0.5, "macro"
        positive = truth[:, list(space.members(space.positive))].any(1)
    auroc = roc_auc_score(positive, space.positive_score(p)) if 0 < positive.sum() < len(positive) else 0.5
    scores = [f(truth, called, average=average, zero_division=0) for f in (precision_score, recall_score)]
    row = (epoch + 1, split, loss, accuracy_score(truth, called), *scores, auroc, lr, seconds)
    new = not history.exists()
    with open(history, "a", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        if new:
            writer.writerow(HISTORY)
        writer.writerow([*row[:2], *(f"{v:.6g}" for v in row[2:])])
    return float(auroc)
