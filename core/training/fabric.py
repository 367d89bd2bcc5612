"""Where a training runs: one device, or this process of those that torchrun started."""

import os

import torch
from lightning.fabric import Fabric

from core.errors import RecipeError
from core.training.recipe import Recipe


def fabric_of(recipe: Recipe) -> Fabric:
    """One device, or this process of those that torchrun started; bf16 where a GPU has it.

    Raises
    ------
    RecipeError
        If several processes train and the recipe thaws stages: they would learn apart.
    """
    precision = recipe.precision
    if precision == "auto":
        # On CPUs bfloat16 was slower than 32 bit for the depthwise networks that are trained here (NOTES.md).
        precision = "bf16-mixed" if torch.cuda.is_available() and torch.cuda.is_bf16_supported() else "32-true"
    accelerator = "cuda" if torch.cuda.is_available() else "cpu"
    world, local = (int(os.environ.get(k, 1)) for k in ("WORLD_SIZE", "LOCAL_WORLD_SIZE"))  # set by torchrun
    if world == 1:
        return Fabric(accelerator=accelerator, devices=1, precision=precision)
    if recipe.thaw is not None:
        raise RecipeError("Stages cannot thaw while several processes train.", "Leave out `thaw`, or train with one process.")
    fabric = Fabric(accelerator=accelerator, devices=local, num_nodes=world // local, strategy="ddp", precision=precision)
    fabric.launch()
    return fabric
