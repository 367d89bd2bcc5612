"""Where a training runs and in which precision: one device, or this process of those that torchrun started."""

import os
from typing import Literal

import torch
from lightning.fabric import Fabric
from lightning.fabric.plugins.environments.lightning import LightningEnvironment

from core.errors import RecipeError
from core.models.architectures import architecture

Precision = Literal["32-true", "bf16-mixed"]


def precision_of(wanted: Precision | Literal["auto"], architecture_name: str) -> Precision:
    """What "auto" means on this machine: "bf16-mixed" where that is faster, else "32-true".

    A GPU that has bfloat16 is faster with it. A CPU is where it multiplies bfloat16 itself (AVX512_BF16, AMX), but
    only for some architectures (`Architecture.bf16`); anywhere else it is emulated and slower.
    """
    if wanted != "auto":
        return wanted
    if torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "32-true"
    native = any(torch.cpu.get_capabilities().get(c) for c in ("avx512_bf16", "amx_bf16"))
    return "bf16-mixed" if native and architecture(architecture_name).bf16 else "32-true"


def fabric_of(precision: Precision = "32-true", *, unfreezes: bool = False) -> Fabric:
    """One device, or this process of those that torchrun started.

    Raises
    ------
    RecipeError
        If several processes train and the recipe unfreezes stages (they would learn apart), or if SLURM started
        several tasks that do not know of one another.
    """
    accelerator = "cuda" if torch.cuda.is_available() else "cpu"
    world, local = (int(os.environ.get(k, 1)) for k in ("WORLD_SIZE", "LOCAL_WORLD_SIZE"))  # set by torchrun
    if world == 1:
        tasks = os.environ.get("SLURM_NTASKS", "1") if "SLURM_PROCID" in os.environ and "WORLD_SIZE" not in os.environ else "1"
        if tasks != "1" and os.environ.get("SLURM_STEP_NUM_TASKS", tasks) != "1":
            raise RecipeError(
                f"srun started {tasks} tasks, and each would train by itself in the same folder.",
                "Start one task a node and let torchrun start the processes: srun --ntasks-per-node=1 torchrun …; or use --ntasks=1.",
            )
        # SLURM's variables alone must not make Fabric look for other processes.
        return Fabric(accelerator=accelerator, devices=1, precision=precision, plugins=[LightningEnvironment()])
    if unfreezes:
        raise RecipeError(
            "Several processes cannot unfreeze stages while they train.", "Leave out `unfreeze_epoch`, or train with one process."
        )
    fabric = Fabric(accelerator=accelerator, devices=local, num_nodes=world // local, strategy="ddp", precision=precision)
    fabric.launch()
    return fabric
