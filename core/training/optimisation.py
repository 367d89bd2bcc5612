"""What a recipe says about learning: optimizer, learning rate, loss, averaged weights."""

import math

import torch
from torch import nn

from core.training.recipe import Recipe

WARMUP_STEPS = 60


def optimizer_of(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """The recipe's optimizer. Weight decay acts on matrices and kernels, not on biases and norms.

    Frozen parameters are in it as well: without a gradient they stay, and they can learn once they are thawed.
    """
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=recipe.lr, momentum=recipe.momentum, fused=True)
    kind = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}[recipe.optimizer]
    return kind(groups, lr=recipe.lr, fused=True)


class Schedule:
    """The learning rate from step to step.

    "cosine" and "constant" warm up over the first 60 steps, or a quarter of all; "step" multiplies by
    `decay` every `decay_epochs`; "plateau" does so after two epochs without a better validation AUROC.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, recipe: Recipe, steps_per_epoch: int) -> None:
        self.optimizer, self.recipe, self.per_epoch = optimizer, recipe, steps_per_epoch
        self.plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", factor=recipe.decay, patience=1)

    def before_step(self, step: int) -> None:
        """Set the rate for optimizer step `step`, counted from 0."""
        recipe, total = self.recipe, self.per_epoch * self.recipe.epochs
        if recipe.schedule == "plateau":
            return
        lr = recipe.lr
        if recipe.schedule == "step":
            lr *= recipe.decay ** (step // self.per_epoch // recipe.decay_epochs)
        else:
            lr *= min(1.0, (step + 1) / min(WARMUP_STEPS, max(1, total // 4)))
        if recipe.schedule == "cosine":
            lr *= 0.5 + 0.5 * math.cos(math.pi * step / total)
        for group in self.optimizer.param_groups:
            group["lr"] = lr

    def after_epoch(self, auroc: float) -> None:
        """Tell the validation AUROC."""
        if self.recipe.schedule == "plateau":
            self.plateau.step(auroc)


def criterion_of(recipe: Recipe, weights: torch.Tensor) -> nn.Module:
    """The loss; `weights` float32 (C,), see `core.training.loaders.class_weights`."""
    weights = weights if recipe.class_weights else None
    if recipe.space.kind == "multilabel":
        return nn.BCEWithLogitsLoss(pos_weight=weights)
    return nn.CrossEntropyLoss(weights, label_smoothing=recipe.label_smoothing)


@torch.no_grad()
def average(averaged: nn.Module, model: nn.Module, decay: float) -> None:
    """Move `averaged` towards `model`, in place: exponential moving average of parameters and buffers."""
    for a, b in zip(averaged.state_dict().values(), model.state_dict().values(), strict=True):
        if a.is_floating_point():
            a.lerp_(b, 1 - decay)
        else:
            a.copy_(b)
