"""A Recipe becomes a Checkpoint: data → training → calibration on validation → one look at the test split → report → card."""

from pathlib import Path

import numpy as np
import torch
from lightning.fabric import Fabric
from lightning.fabric.utilities.seed import seed_everything
from tqdm import tqdm

from core.errors import RecipeError
from core.files import sha256_bytes, write_text
from core.models.architectures import Classifier, build, cut
from core.models.checkpoint import save_weights
from core.models.pretrained import recalibrate_batchnorm, start_from
from core.training.box_supervision import fit_to_boxes
from core.training.data import Data, prepare
from core.training.fabric import fabric_of
from core.training.finalise import finalise
from core.training.frozen_features import FrozenMaps
from core.training.loaders import Grids, class_weights, loader
from core.training.patches import patches_of
from core.training.recipe import Recipe
from core.training.resume import STATE
from core.training.trainer import fit

CALIBRATION_IMAGES = 48


def run(recipe: Recipe, data: Path, out_root: Path, *, name: str | None = None, waive: str | None = None) -> Path:
    """Train, evaluate and write a checkpoint into `out_root / name`; returns that folder.

    card.json is written last. While training, history.csv grows row by row, and the state is saved after
    each epoch: the same call goes on where a training was cut off. Several processes (torchrun) share each
    batch; the first of them writes.

    Raises
    ------
    RecipeError
        If the folder already holds a finished checkpoint, or an unfinished training of another recipe.
    DataError, CheckpointError
        If the data cannot be learned from, or the weights to start from cannot be had.
    """
    folder = Path(out_root) / (name or recipe.name)
    if (folder / "card.json").exists():
        raise RecipeError(f"The folder {folder} holds a finished checkpoint.", "Choose another name with --name, or move it away.")
    fabric = fabric_of(recipe)
    prepared = prepare(recipe, data, waive)
    folder.mkdir(parents=True, exist_ok=True)
    if fabric.is_global_zero:
        write_text(folder / "recipe.toml", recipe.to_toml())
    origin = learn(recipe, prepared, folder, fabric)
    if fabric.is_global_zero:
        finalise(recipe, prepared, folder, origin)
        (folder / STATE).unlink(missing_ok=True)
    fabric.barrier()
    return folder


def learn(recipe: Recipe, data: Data, folder: Path, fabric: Fabric) -> str:
    """Train; write history.csv and weights.safetensors into `folder`. Returns where the first weights came from."""
    train = data.part("train", recipe, augmented=True)
    model, origin = first_model(recipe, data.part("train", recipe))
    if recipe.box_supervised:
        fit_to_boxes(fabric, model, data, recipe, folder)
        if fabric.is_global_zero:
            save_weights(folder, model, recipe.weights_dtype)
        return origin
    if fabric.world_size > 1 and fabric.device.type == "cuda":
        model = torch.nn.SyncBatchNorm.convert_sync_batchnorm(model)
    validation, learning = data.part("validation", recipe), model
    weights = class_weights(train.truth, recipe.space)
    if recipe.cached_augmentations:
        frozen, learning = cut(model, recipe.unfreeze)
        train, validation = FrozenMaps(train, frozen, fabric), FrozenMaps(validation, frozen, fabric)
    batches = loader(train, recipe, train=True, rank=fabric.global_rank, world=fabric.world_size)
    of = sha256_bytes(f"{recipe.to_toml()}{data.manifest.split_sha256}".encode())
    patches = None
    if recipe.epochs_on_patches:
        patches = loader(patches_of(data, recipe), recipe, train=True, rank=fabric.global_rank, world=fabric.world_size)
    if fabric.is_global_zero and data.resolution:
        tqdm.write(data.resolution)
    best = fit(fabric, learning, batches, loader(validation, recipe, train=False), recipe, weights, folder, of, patches)
    if fabric.is_global_zero:
        learning.load_state_dict(best.state)
        save_weights(folder, model, recipe.weights_dtype)
    return origin


def first_model(recipe: Recipe, plain: Grids) -> tuple[Classifier, str]:
    """The network before its first step, and where its weights came from; `plain` are the training images, unaltered."""
    seed_everything(recipe.seed, verbose=False)
    model = build(recipe.architecture, len(recipe.space.classes), recipe.dropout, recipe.input.channels)
    origin = start_from(model, recipe.architecture, recipe.pretrained)
    if recipe.recalibrate_batchnorm:
        some = np.random.default_rng(recipe.seed).choice(len(plain), min(CALIBRATION_IMAGES, len(plain)), replace=False)
        recalibrate_batchnorm(model, torch.from_numpy(np.stack([plain[i][0] for i in some])))
    return model.to(memory_format=torch.channels_last), origin
