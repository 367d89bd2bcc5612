"""Where a training runs and in which precision: one device, or this process of those that torchrun started."""

import os

import torch
from lightning.fabric import Fabric

from core.errors import RecipeError
from core.models.architectures import architecture
from core.training.recipe import Recipe


def precision_of(recipe: Recipe) -> str:
    """What `precision = "auto"` means on this machine: "bf16-mixed" where that is faster, else "32-true".

    A GPU that has bfloat16 is faster with it. A CPU is where it multiplies bfloat16 itself (AVX512_BF16, AMX), but
    only for some architectures (`Architecture.bf16`); anywhere else it is emulated and slower.
    """
    if recipe.precision != "auto":
        return recipe.precision
    if torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "32-true"
    native = any(torch.cpu.get_capabilities().get(c) for c in ("avx512_bf16", "amx_bf16"))
    return "bf16-mixed" if native and architecture(recipe.architecture).bf16 else "32-true"


def fabric_of(recipe: Recipe) -> Fabric:
    """One device, or this process of those that torchrun started, with `precision_of` the recipe.

    Raises
    ------
    RecipeError
        If several processes train and the recipe thaws stages: they would learn apart.
    """
    precision = precision_of(recipe)
    accelerator = "cuda" if torch.cuda.is_available() else "cpu"
    world, local = (int(os.environ.get(k, 1)) for k in ("WORLD_SIZE", "LOCAL_WORLD_SIZE"))  # set by torchrun
    if world == 1:
        return Fabric(accelerator=accelerator, devices=1, precision=precision)
    if recipe.unfreeze_epoch is not None:
        raise RecipeError("Stages cannot thaw while several processes train.", "Leave out `unfreeze_epoch`, or train with one process.")
    fabric = Fabric(accelerator=accelerator, devices=local, num_nodes=world // local, strategy="ddp", precision=precision)
    fabric.launch()
    return fabric
