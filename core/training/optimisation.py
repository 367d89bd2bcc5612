"""What a recipe says about learning: optimizer, learning rate, loss, averaged weights."""

import math
from typing import Literal

import numpy as np
import torch
from torch import nn

from core.labels import LabelSpace

WARMUP_STEPS = 60


def optimizer_of(
    model: nn.Module, kind: Literal["adamw", "adam", "sgd"], *, lr: float, weight_decay: float, momentum: float
) -> torch.optim.Optimizer:
    """An optimizer over all parameters. Weight decay acts on matrices and kernels, not on biases and norms; momentum is sgd's.

    Frozen parameters are in it as well: without a gradient they stay as they are, and they can learn once they are unfrozen.
    """
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if kind == "sgd":
        return torch.optim.SGD(groups, lr=lr, momentum=momentum, fused=True)
    return {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}[kind](groups, lr=lr, fused=True)


class Schedule:
    """The learning rate from step to step.

    "cosine" and "constant" warm up over the first 60 steps, or a quarter of all; "step" multiplies by
    `decay` every `decay_epochs`; "plateau" does so after two epochs without a better validation AUROC.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        kind: Literal["cosine", "plateau", "step", "constant"],
        *,
        lr: float,
        epochs: int,
        steps_per_epoch: int,
        decay: float,
        decay_epochs: int,
    ) -> None:
        self.kind, self.lr, self.decay = kind, lr, decay
        self.total, self.steps_per_decay = steps_per_epoch * epochs, steps_per_epoch * decay_epochs
        self.plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", factor=decay, patience=1)

    def rate(self, step: int) -> float | None:
        """The learning rate of optimizer step `step`, counted from 0; None: it stays as it is."""
        if self.kind == "plateau":
            return None
        lr = self.lr
        if self.kind == "step":
            lr *= self.decay ** (step // self.steps_per_decay)
        else:
            lr *= min(1.0, (step + 1) / min(WARMUP_STEPS, max(1, self.total // 4)))
        if self.kind == "cosine":
            lr *= 0.5 + 0.5 * math.cos(math.pi * step / self.total)
        return lr

    def after_epoch(self, auroc: float) -> None:
        """Take the validation AUROC into account."""
        if self.kind == "plateau":
            self.plateau.step(auroc)


def criterion_of(space: LabelSpace, weighted_by: np.ndarray | None, label_smoothing: float) -> nn.Module:
    """The loss: cross entropy, or binary cross entropy in a multilabel space; with `class_weights` of the truth in `weighted_by`."""
    weights = None if weighted_by is None else class_weights(weighted_by, space)
    if space.kind == "multilabel":
        return nn.BCEWithLogitsLoss(pos_weight=weights)
    return nn.CrossEntropyLoss(weights, label_smoothing=label_smoothing)


def class_weights(truth: np.ndarray, space: LabelSpace) -> torch.Tensor:
    """Weights of the loss, float32 (C,): inverse frequency with mean 1; for a multilabel space negatives over positives, at most 20.

    A class that does not occur, as may be in patches, has the weight 0; the mean is over the others.
    """
    if space.kind == "multilabel":
        positive = truth.sum(0)
        return torch.tensor(np.clip((len(truth) - positive) / np.maximum(positive, 1), 1, 20), dtype=torch.float32)
    counts = np.bincount(truth, minlength=len(space.classes))
    weights = np.where(counts > 0, 1.0 / np.maximum(counts, 1), 0.0)
    return torch.tensor(weights / weights[counts > 0].mean(), dtype=torch.float32)


@torch.no_grad()
def average(averaged: nn.Module, model: nn.Module, decay: float) -> None:
    """Move `averaged` towards `model`, in place: exponential moving average of parameters and buffers."""
    for a, b in zip(averaged.state_dict().values(), model.state_dict().values(), strict=True):
        if a.is_floating_point():
            a.lerp_(b, 1 - decay)
        else:
            a.copy_(b)
