"""The training loop: one `Trainer` for trainings, the search and the data leakage demo."""

import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import cast

import numpy as np
import torch
from lightning.fabric import Fabric
from torch import nn
from tqdm import tqdm

from core.errors import RecipeError
from core.models.architectures import Classifier, eval_frozen_stages, unfreeze
from core.training.history import History, measure
from core.training.loaders import Batches, TrainingImages
from core.training.optimisation import Schedule, average, criterion_of, optimizer_of
from core.training.recipe import Recipe
from core.training.resume import Progress, State, restore, save

MAX_GRADIENT_NORM = 5.0


@dataclass(frozen=True)
class Pass:
    """One pass over a split: mean loss, logits float32 (N, C) and truth of all processes' images."""

    loss: float
    logits: np.ndarray
    truth: np.ndarray


class Trainer:
    """A model, with all that makes it learn.

    Attributes
    ----------
    model : Classifier
        Learns in place.
    averaged : Classifier or None
        The exponential moving average of its weights, where the recipe asks for one.
    optimizer, schedule
        See `core.training.optimisation`.
    rate : callable
        Optimizer step, counted from 0 → learning rate, or None to leave it; the schedule's.
    progress : Progress
        Epochs and steps so far, and the best weights.
    """

    def __init__(self, fabric: Fabric, model: Classifier, recipe: Recipe, train: Batches) -> None:
        self.fabric, self.model, self.recipe, self.train = fabric, model, recipe, train
        self.averaged = deepcopy(model).to(fabric.device) if recipe.ema else None
        unfreeze(model, recipe.unfreeze)
        optimizer = optimizer_of(model, recipe.optimizer, lr=recipe.lr, weight_decay=recipe.weight_decay, momentum=recipe.momentum)
        learning = cast(nn.Module, torch.compile(model)) if recipe.compile else model
        self.wrapped, self.optimizer = fabric.setup(learning, optimizer)
        self.schedule = Schedule(
            self.optimizer,
            recipe.schedule,
            lr=recipe.lr,
            epochs=recipe.epochs,
            steps_per_epoch=ceil(len(train) / recipe.accumulate),
            decay=recipe.decay,
            decay_epochs=recipe.decay_epochs,
        )
        self.rate: Callable[[int], float | None] = self.schedule.rate
        self.progress = Progress()
        torch.manual_seed(recipe.seed + fabric.global_rank)  # dropout differs between processes

    @property
    def evaluated(self) -> Classifier:
        """The model that is validated and saved: the averaged one, where there is one."""
        return self.averaged or self.model

    def criterion(self, data: TrainingImages) -> nn.Module:
        """The loss for these images, on the device."""
        weighted, smoothing = self.recipe.class_weights, self.recipe.label_smoothing
        return criterion_of(self.recipe.space, data.all_truth if weighted else None, smoothing).to(self.fabric.device)

    def steps(self, batches: Batches, epoch: int) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        """Learn batch by batch; yields loss, logits float32 (n, C) and truth of each. Gradients of `accumulate` batches make a step."""
        self._start_epoch(batches.dataset, epoch)
        accumulate, criterion = self.recipe.accumulate, self.criterion(batches.dataset)
        for n, (x, y) in enumerate(batches, 1):
            last = n % accumulate == 0 or n == len(batches)
            if (n - 1) % accumulate == 0:
                if (lr := self.rate(self.progress.steps)) is not None:
                    for group in self.optimizer.param_groups:
                        group["lr"] = lr
                self.optimizer.zero_grad(set_to_none=True)
            with self.fabric.no_backward_sync(self.wrapped, enabled=not last and self.fabric.world_size > 1):
                out = self.wrapped(to_device(self.fabric, x))
                loss = criterion(out.float(), y.to(self.fabric.device))
                self.fabric.backward(loss / accumulate)
            if last:
                self.fabric.clip_gradients(self.wrapped, self.optimizer, max_norm=MAX_GRADIENT_NORM)
                self.optimizer.step()
                self.progress.steps += 1
                if self.averaged is not None:
                    average(self.averaged, self.model, min(self.recipe.ema, self.progress.steps / (self.progress.steps + 20)))
            yield loss.detach(), out.detach().float(), y

    def _start_epoch(self, images: TrainingImages, epoch: int) -> None:
        if self.recipe.unfreeze_epoch is not None and epoch >= self.recipe.unfreeze_epoch:
            unfreeze(self.model, None)
        images.start_epoch(epoch)
        self.model.train()
        eval_frozen_stages(self.model)

    def train_epoch(self, batches: Batches, epoch: int) -> Pass:
        """One pass over `batches`; `epoch` counts from 0.

        Raises
        ------
        RecipeError
            If the loss is no longer a number.
        """
        bar = tqdm(
            self.steps(batches, epoch),
            desc=f"epoch {epoch + 1}/{self.recipe.epochs}",
            total=len(batches),
            leave=False,
            disable=not self.fabric.is_global_zero,
        )
        losses, outs, labels = zip(*bar, strict=True)
        joined = torch.stack(losses), torch.cat(outs), torch.cat(labels).to(self.fabric.device)
        loss, logits, truth = (cast(torch.Tensor, self.fabric.all_gather(v)).cpu().numpy() for v in joined)
        if self.fabric.world_size > 1:  # (processes, images, …) → (all images, …)
            logits, truth = logits.reshape(-1, logits.shape[-1]), truth.reshape(-1, *truth.shape[2:])
        if not np.isfinite(loss).all():
            raise RecipeError("The loss is no longer a number.", "Lower `lr`, or set `precision` to 32-true.")
        return Pass(float(loss.mean()), logits, truth)

    def validate(self, batches: Batches) -> Pass:
        """The evaluated model on other images, with the loss of the training images' class weights."""
        logits, truth = predict(self.fabric, self.evaluated, batches)
        to_device = (torch.from_numpy(v).to(self.fabric.device) for v in (logits, truth))
        return Pass(self.criterion(self.train.dataset)(*to_device).item(), logits, truth)

    def fit(self, validation: Batches, folder: Path, *, run_id: str = "", patches: Batches | None = None) -> Progress:
        """Train, and keep the weights with the best validation AUROC.

        `folder` gets a row of history.csv a split and epoch as it happens, and the whole state after each epoch.
        Where it holds such a state of the same training (`run_id`, a hash), training goes on from there and ends
        with the weights that it would have had without the interruption.

        Where there are `patches`, the recipe's first epochs learn from them. They are validated on whole grids as
        well, for the curves, but a network that has seen no whole image yet is not judged by it: such an epoch
        is never the best one, does not count against `patience` and does not reach the schedule "plateau". Its
        training row in history.csv is about patches.

        Raises
        ------
        RecipeError
            If the loss is no longer a number, or the folder holds the state of another training.
        """
        recipe, fabric = self.recipe, self.fabric
        state = State(folder, run_id, self.model, self.averaged, self.optimizer, self.schedule)
        self.progress = restore(state, fabric.device)
        history = History(folder, recipe.space, self.progress.epochs + 1, events=recipe.tensorboard) if fabric.is_global_zero else None
        for epoch in range(self.progress.epochs, recipe.epochs):
            if self.progress.epochs_without_improvement >= recipe.patience:
                break
            on_patches = patches is not None and epoch < recipe.epochs_on_patches
            start = time.monotonic()
            trained = self.train_epoch(patches if patches is not None and on_patches else self.train, epoch)
            seconds, lr = time.monotonic() - start, self.optimizer.param_groups[0]["lr"]
            validated = self.validate(validation)
            auroc = measure(validated.logits, validated.truth, recipe.space)["auroc"]
            if not on_patches:
                self.schedule.after_epoch(auroc)
            self.progress.after_epoch(self.evaluated, auroc, not on_patches)
            if history is not None:
                history.append(epoch + 1, "train", trained.loss, trained.logits, trained.truth, lr, seconds)
                history.append(epoch + 1, "validation", validated.loss, validated.logits, validated.truth, lr, time.monotonic() - start)
                save(state, self.progress)
                which = f"{epoch + 1} (patches)" if on_patches else f"{epoch + 1}"
                tqdm.write(f"epoch {which}: loss {trained.loss:.3f}, validation AUROC {auroc:.3f}, {time.monotonic() - start:.0f} s")
            fabric.barrier()
        if history is not None:
            history.close()
        return self.progress


@torch.inference_mode()
def predict(fabric: Fabric, model: nn.Module, batches: Batches) -> tuple[np.ndarray, np.ndarray]:
    """Logits, float32 (N, C), and truth, in the order of the batches; eval mode. Every process predicts all."""
    model.eval()
    bar = tqdm(batches, desc="predicting", leave=False, disable=not fabric.is_global_zero)
    with fabric.autocast():
        parts = [(model(to_device(fabric, x)).float().cpu().numpy(), y.numpy()) for x, y in bar]
    logits, truth = zip(*parts, strict=True)
    return np.concatenate(logits), np.concatenate(truth)


def to_device(fabric: Fabric, x: torch.Tensor) -> torch.Tensor:
    """Images, (N, channels, rows, columns), on the device, channels last in memory: what its convolutions are fastest with."""
    return x.to(fabric.device, memory_format=torch.channels_last, non_blocking=True)
