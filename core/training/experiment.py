"""A Recipe becomes a Checkpoint: data → training → calibration on validation → one look at the test split → report → card."""

from pathlib import Path

import numpy as np
import torch
from lightning.fabric import Fabric
from lightning.fabric.utilities.seed import seed_everything
from tqdm import tqdm

from core.errors import RecipeError
from core.files import sha256_bytes, write_text
from core.models.architectures import Classifier, build, split_at
from core.models.checkpoint import save_weights
from core.models.pretrained import recalibrate_batchnorm, start_from
from core.training.box_supervision import fit_to_boxes
from core.training.data import Data, prepare
from core.training.fabric import fabric_of, precision_of
from core.training.finalise import correct_bias, finalise, predict_part
from core.training.frozen_features import FrozenMaps
from core.training.linear_head import fit_linear_head
from core.training.loaders import Batches, Grids, TrainingImages, in_order, shuffled
from core.training.patches import patches_of
from core.training.recipe import Recipe
from core.training.resume import STATE
from core.training.trainer import Trainer

CALIBRATION_IMAGES = 48


def train(recipe: Recipe, data: Path, out_root: Path, *, name: str | None = None, waive: str | None = None) -> Path:
    """Prepare a data folder, train, evaluate and write a checkpoint into `out_root / name`; returns that folder.

    card.json is written last. While training, history.csv grows row by row, and the state is saved after
    each epoch: after an interruption the same call resumes. Several processes (torchrun) share each
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
    run(recipe, prepare(recipe, data, waive), folder)
    return folder


def run(recipe: Recipe, data: Data, folder: Path) -> None:
    """Train on prepared data, evaluate, and write a checkpoint into `folder`; errors as in `train`."""
    fabric = fabric_of(precision_of(recipe.precision, recipe.architecture), unfreezes=recipe.unfreeze_epoch is not None)
    folder.mkdir(parents=True, exist_ok=True)
    if fabric.is_global_zero:
        write_text(folder / "recipe.toml", recipe.to_toml())
    model, origin, held_out = learn(recipe, data, folder, fabric)
    if fabric.is_global_zero:
        if held_out is None:
            calibrated, _ = correct_bias(model, data, predict_part(model, data.part("validation"), recipe.batch_size))
        else:
            calibrated, held_out = correct_bias(model, data, held_out)
        weights = save_weights(folder, model, recipe.space, recipe.input, recipe.weights_dtype)
        finalise(recipe, data, folder, model, weights, origin, calibrated, held_out)
        (folder / STATE).unlink(missing_ok=True)
    fabric.barrier()


def learn(recipe: Recipe, data: Data, folder: Path, fabric: Fabric) -> tuple[Classifier, str, np.ndarray | None]:
    """Train, and write history.csv into `folder`.

    Returns the model with its best weights, where the first ones came from, and, where validation was learned from, its out-of-fold logits.
    """
    model, origin = first_model(recipe, data.part("train"))
    if recipe.box_supervised:
        fit_to_boxes(fabric, model, data, folder, seed=recipe.seed, class_weights=recipe.class_weights, batch_size=recipe.batch_size)
        return model, origin, None
    if recipe.logistic_head:
        return model, origin, fit_linear_head(fabric, model, data, folder, recipe)
    if fabric.world_size > 1 and fabric.device.type == "cuda":
        model = torch.nn.SyncBatchNorm.convert_sync_batchnorm(model)
    train: TrainingImages = data.part("train", recipe.augmentation)
    validation: TrainingImages = data.part("validation")
    learning = model
    if recipe.cached_augmentations and recipe.unfreeze is not None:
        frozen, learning = split_at(model, recipe.unfreeze)
        train, validation = (
            FrozenMaps(data.part("train", recipe.augmentation), frozen, fabric),
            FrozenMaps(data.part("validation"), frozen, fabric),
        )
        validation.start_epoch(0)
    patches = patches_of(data, recipe.patch_size, recipe.augmentation) if recipe.epochs_on_patches else None
    if fabric.is_global_zero and data.resolution:
        tqdm.write(data.resolution)
    best = Trainer(fabric, learning, recipe, training_batches(train, recipe, fabric)).fit(
        in_order(validation, recipe.batch_size, recipe.workers),
        folder,
        run_id=sha256_bytes(f"{recipe.to_toml()}{data.manifest.split_sha256}".encode()),
        patches=training_batches(patches, recipe, fabric) if patches else None,
    )
    learning.load_state_dict(best.state)
    return model, origin, None


def training_batches(images: TrainingImages, recipe: Recipe, fabric: Fabric) -> Batches:
    """This process's share of the batches of an epoch."""
    share = {"rank": fabric.global_rank, "world": fabric.world_size}
    return shuffled(images, recipe.batch_size, seed=recipe.seed, balanced=recipe.balanced_sampling, workers=recipe.workers, **share)


def first_model(recipe: Recipe, plain: Grids) -> tuple[Classifier, str]:
    """The network before its first step, and where its weights came from; `plain` are the training images, unaltered."""
    seed_everything(recipe.seed, verbose=False)
    model = build(recipe.architecture, len(recipe.space.classes), recipe.dropout, recipe.input.channels)
    origin = start_from(model, recipe.architecture, recipe.pretrained)
    if recipe.recalibrate_batchnorm:
        some = np.random.default_rng(recipe.seed).choice(len(plain), min(CALIBRATION_IMAGES, len(plain)), replace=False)
        recalibrate_batchnorm(model, torch.from_numpy(np.stack([plain[i][0] for i in some])))
    return model.to(memory_format=torch.channels_last), origin
