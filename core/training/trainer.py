"""The training loop, on one page."""

import math
import time
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from lightning.fabric import Fabric
from torch import nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from core.errors import RecipeError
from core.models.architectures import Classifier, eval_frozen_stages, unfreeze
from core.training import history
from core.training.loaders import class_weights
from core.training.optimisation import Schedule, average, criterion_of, optimizer_of
from core.training.recipe import Recipe
from core.training.resume import Progress, State, restore, save


def fit(
    fabric: Fabric,
    model: Classifier,
    train: DataLoader,
    validation: DataLoader,
    recipe: Recipe,
    weights: torch.Tensor,
    folder: Path,
    of: str = "",
    patches: DataLoader | None = None,
) -> Progress:
    """Train and keep the weights with the best validation AUROC.

    `folder` gets a row of history.csv a split and epoch as it happens, and the whole state after each epoch;
    where it holds such a state of the same training (`of`, a hash) already, training goes on from there and
    ends with the same weights as if it had never stopped.

    Where there are `patches`, the recipe's first epochs learn from them. They are validated on whole grids as
    well, for the curves, but a network that has seen no whole image yet is not judged by it: such an epoch
    is never the best one, does not count against `patience`, and "plateau" is not told of it. Its training row
    in history.csv is about patches.

    Raises
    ------
    RecipeError
        If the loss is no longer a number, or the folder holds the state of another training.
    """
    plain, averaged = model, deepcopy(model).to(fabric.device) if recipe.ema else None
    unfreeze(plain, recipe.unfreeze)
    optimizer = optimizer_of(plain, recipe)
    model, optimizer = fabric.setup(torch.compile(plain) if recipe.compile else plain, optimizer)
    criterion = criterion_of(recipe, weights.to(fabric.device))
    if patches is not None:
        patch_criterion = criterion_of(recipe, class_weights(patches.dataset.every, recipe.space).to(fabric.device))
    schedule = Schedule(optimizer, recipe, math.ceil(len(train) / recipe.accumulate))
    torch.manual_seed(recipe.seed + fabric.global_rank)  # dropout differs between processes
    state = State(folder, of, plain, averaged, optimizer, schedule)
    so_far = restore(state, fabric.device)
    board = history.board(folder, so_far.epochs + 1) if recipe.tensorboard and fabric.is_global_zero else None
    for epoch in range(so_far.epochs, recipe.epochs):
        if so_far.stale >= recipe.patience:
            break
        start = time.monotonic()
        if recipe.unfreeze_epoch is not None and epoch >= recipe.unfreeze_epoch:
            unfreeze(plain, None)
        on_patches = patches is not None and epoch < recipe.epochs_on_patches
        batches, loss_of = (patches, patch_criterion) if on_patches else (train, criterion)
        loss, logits, truth = _epoch(fabric, model, plain, averaged, batches, recipe, loss_of, optimizer, schedule, epoch, so_far)
        seconds, lr = time.monotonic() - start, optimizer.param_groups[0]["lr"]
        best_of = averaged or plain
        seen, target = predict(fabric, best_of, validation)
        measured = history.measure(seen, target, recipe)
        validation_loss = criterion(torch.from_numpy(seen).to(fabric.device), torch.from_numpy(target).to(fabric.device)).item()
        if not on_patches:
            schedule.after_epoch(measured["auroc"])
        so_far.after_epoch(best_of, measured["auroc"], not on_patches)
        if fabric.is_global_zero:
            taken = {"train": (loss, history.measure(logits, truth, recipe), seconds)}
            taken["validation"] = (validation_loss, measured, time.monotonic() - start)
            for split, (value, numbers, took) in taken.items():
                history.append(folder / "history.csv", epoch + 1, split, value, numbers, lr, took)
                if board:
                    history.show(board, epoch + 1, split, value, numbers, lr)
            save(state, so_far)
            which = f"{epoch + 1} (patches)" if on_patches else f"{epoch + 1}"
            tqdm.write(f"epoch {which}: loss {loss:.3f}, validation AUROC {measured['auroc']:.3f}, {time.monotonic() - start:.0f} s")
        fabric.barrier()
    if board:
        board.close()
    return so_far


def _epoch(fabric, model, plain, averaged, train, recipe, criterion, optimizer, schedule, epoch, so_far):
    """One pass; returns the mean loss, logits float32 (N, C) and truth of all processes' images."""
    train.dataset.epoch = epoch
    plain.train()
    eval_frozen_stages(plain)
    losses, logits, truth = [], [], []
    bar = tqdm(train, desc=f"epoch {epoch + 1}/{recipe.epochs}", leave=False, disable=not fabric.is_global_zero)
    for n, (x, y) in enumerate(bar, 1):
        last = n % recipe.accumulate == 0 or n == len(train)
        if (n - 1) % recipe.accumulate == 0:
            schedule.before_step(so_far.steps)
            optimizer.zero_grad(set_to_none=True)
        with fabric.no_backward_sync(model, enabled=not last and fabric.world_size > 1):
            out = model(to_device(fabric, x))
            loss = criterion(out.float(), y.to(fabric.device))
            fabric.backward(loss / recipe.accumulate)
        if last:
            fabric.clip_gradients(model, optimizer, max_norm=5.0)
            optimizer.step()
            so_far.steps += 1
            if averaged is not None:
                average(averaged, plain, min(recipe.ema, so_far.steps / (so_far.steps + 20)))
        losses.append(loss.detach())
        logits.append(out.detach().float())
        truth.append(y)
    gathered = [fabric.all_gather(v) for v in (torch.stack(losses), torch.cat(logits), torch.cat(truth).to(fabric.device))]
    loss, logits, truth = (v.cpu().numpy() for v in gathered)
    if fabric.world_size > 1:  # (processes, images, …) → (all images, …)
        logits, truth = logits.reshape(-1, logits.shape[-1]), truth.reshape(-1, *truth.shape[2:])
    if not np.isfinite(loss).all():
        raise RecipeError("The loss is no longer a number.", "Lower `lr`, or set `precision` to 32-true.")
    return float(loss.mean()), logits, truth


@torch.inference_mode()
def predict(fabric: Fabric, model: nn.Module, data: DataLoader) -> tuple[np.ndarray, np.ndarray]:
    """Logits, float32 (N, C), and truth, in the loader's order; eval mode. Every process predicts all."""
    model.eval()
    bar = tqdm(data, desc="predicting", leave=False, disable=not fabric.is_global_zero)
    with fabric.autocast():
        parts = [(model(to_device(fabric, x)).float().cpu().numpy(), y.numpy()) for x, y in bar]
    logits, truth = zip(*parts, strict=True)
    return np.concatenate(logits), np.concatenate(truth)


def to_device(fabric: Fabric, x: torch.Tensor) -> torch.Tensor:
    """Images, (N, channels, rows, columns), on the device, channels last in memory: what its convolutions are fastest with."""
    return x.to(fabric.device, memory_format=torch.channels_last, non_blocking=True)
