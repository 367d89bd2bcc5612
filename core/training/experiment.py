"""A Recipe becomes a Checkpoint: data → training → calibration on validation → one look at the test split → report → card."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from lightning.fabric import Fabric
from lightning.fabric.utilities.seed import seed_everything
from safetensors.torch import load_file
from tqdm import tqdm

from core.datasets.audit import audit, refuse
from core.datasets.cache import cached_grids
from core.datasets.manifest import Manifest
from core.datasets.sources import open_folder
from core.datasets.split import assign
from core.errors import DataError, RecipeError
from core.evaluation.localisation import localise
from core.evaluation.predictions import table, write_predictions
from core.evaluation.report import LOCALISATION, Header, make_report, report_of
from core.files import sha256_bytes, write_json, write_text
from core.imaging.input import InputSpec
from core.labels import LabelSpace
from core.models.architectures import Classifier, build
from core.models.card import Card, DataUse, Estimate, Weights, find_checkpoint, read_card, write_card
from core.models.checkpoint import load, save_weights
from core.models.pretrained import calibrate_batchnorm, start_from
from core.reading import calibration
from core.reading.reader import Reader
from core.training.fit import fit, predict
from core.training.loaders import Grids, class_weights, loader, targets
from core.training.recipe import Recipe, parse_recipe
from core.training.resume import STATE

CALIBRATION_IMAGES = 48
LESIONS = ("malignant", "tumour", "suspicious")  # positive classes that have a place in the picture
PACKAGES = ("torch", "torchvision", "lightning", "numpy", "opencv-python-headless", "pydicom")


@dataclass(frozen=True)
class Data:
    """A split manifest with its grids and targets."""

    manifest: Manifest
    grids: np.ndarray
    truth: np.ndarray

    def part(self, split: str, recipe: Recipe, augmented: bool = False) -> Grids:
        """The images of a split, ready for a loader."""
        where = np.array([n for n, i in enumerate(self.manifest.items) if split in ("all", i.split)], dtype=int)
        return Grids(self.grids, where, self.truth[where], recipe, augmented)


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
        conclude(recipe, prepared, folder, origin)
        (folder / STATE).unlink(missing_ok=True)
    fabric.barrier()
    return folder


def prepare(recipe: Recipe, folder: Path, waive: str | None = None) -> Data:
    """Recognise, split, audit and decode a data folder."""
    manifest = assign(open_folder(folder, recipe.space).waived(waive), folds=recipe.folds, fold=recipe.fold, seed=recipe.seed)
    manifest.check()
    _refuse_known_pictures(recipe, manifest)
    with _bar(manifest, "auditing") as seen:
        refuse(audit(manifest, progress=seen), manifest.waiver)
    manifest, grids = _decode(manifest, recipe.input)
    return Data(manifest, grids, targets(manifest.items, recipe.space))


def _refuse_known_pictures(recipe: Recipe, manifest: Manifest) -> None:
    """Weights of ours to start from may have been trained on pictures of this test part: then its figures are too good."""
    folder = Path(recipe.pretrained) if isinstance(recipe.pretrained, str) else None
    if folder is None or not (folder / "card.json").is_file() or manifest.waiver:
        return
    use = read_card(folder).data
    shared = sorted(set(use.sources) & set(manifest.sources))
    if shared and use.split_sha256 != manifest.split_sha256:
        raise DataError(
            f"The weights to start from, {folder.name}, know {', '.join(shared)} under another split, so they may know the test part.",
            "Start from other weights; or, if the pictures are others, give a reason with --waive.",
        )


def learn(recipe: Recipe, data: Data, folder: Path, fabric: Fabric) -> str:
    """Train; write history.csv and weights.safetensors into `folder`. Returns where the first weights came from."""
    train = data.part("train", recipe, augmented=True)
    model, origin = first_model(recipe, data.part("train", recipe))
    if fabric.world_size > 1 and fabric.device.type == "cuda":
        model = torch.nn.SyncBatchNorm.convert_sync_batchnorm(model)
    batches = loader(train, recipe, train=True, rank=fabric.global_rank, world=fabric.world_size)
    validation = loader(data.part("validation", recipe), recipe, train=False)
    weights = class_weights(train.truth, recipe.space)
    of = sha256_bytes(f"{recipe.to_toml()}{data.manifest.split_sha256}".encode())
    best = fit(fabric, model, batches, validation, recipe, weights, folder, of)
    if fabric.is_global_zero:
        model.load_state_dict(best.state)
        save_weights(folder, model, recipe.weights_dtype)
    return origin


def first_model(recipe: Recipe, plain: Grids) -> tuple[Classifier, str]:
    """The network before its first step, and where its weights came from; `plain` are the training pictures, unaltered."""
    seed_everything(recipe.seed, verbose=False)
    model = build(recipe.architecture, len(recipe.space.classes), recipe.dropout, recipe.input.channels)
    origin = start_from(model, recipe.architecture, recipe.pretrained)
    if recipe.calibrate_norm:
        some = np.random.default_rng(recipe.seed).choice(len(plain), min(CALIBRATION_IMAGES, len(plain)), replace=False)
        calibrate_batchnorm(model, torch.from_numpy(np.stack([plain[i][0] for i in some])))
    return model.to(memory_format=torch.channels_last), origin


def conclude(recipe: Recipe, data: Data, folder: Path, origin: str) -> Path:
    """Calibrate on validation, predict the test split once, and write predictions, report and card."""
    manifest, space = data.manifest, recipe.space
    model, weights = _saved(recipe, folder)
    logits = {s: _logits(recipe, data, model, s) for s in ("validation", "test")}
    truth = {s: data.part(s, recipe).truth for s in logits}
    temperature = calibration.fit(logits["validation"], truth["validation"], space)
    scores = space.positive_score(calibration.probabilities(logits["validation"], space, temperature))
    threshold, rule = calibration.choose_threshold(scores, _positive(truth["validation"], recipe), recipe.threshold_rule)
    nothing = Estimate(value=None, undefined="not evaluated yet", method="none", n=0)
    card = Card(
        name=folder.name,
        title=recipe.title,
        summary=recipe.summary,
        architecture=recipe.architecture,
        dropout=recipe.dropout,
        label_space=space,
        input=recipe.input,
        temperature=temperature,
        threshold=threshold,
        threshold_rule=rule,
        data=_data_use(manifest),
        metrics={},
        majority_baseline=nothing,
        intended_use=recipe.intended_use,
        limits=recipe.limits,
        licence=manifest.terms,
        weights=weights,
        initial_weights=origin,
        versions={p: version(p) for p in PACKAGES},
        created=datetime.now(UTC).date().isoformat(),
        recipe=recipe.model_dump(mode="json", exclude_none=True),
    )
    frame = _table(manifest, {"validation": logits["validation"], "test": logits["test"]}, space)
    write_predictions(folder, frame)
    if space.positive in LESIONS:
        found = localise(Reader(card, model), manifest, manifest.part("test"))
        if found:
            write_json(folder / LOCALISATION, found)
    report = make_report(folder, Header.from_card(card))
    headline = {k: Estimate(**v) for k, v in report["metrics"].items()}
    write_card(folder, card.model_copy(update={"metrics": headline, "majority_baseline": Estimate(**report["majority_baseline"])}))
    return folder


def evaluate(checkpoint: str | Path, data: Path, *, split: str = "test") -> dict:
    """The report of a checkpoint on a data folder, with its threshold and temperature as they are.

    `split` is "train", "validation", "test" (as the checkpoint's own recipe splits such a folder) or
    "all" for data that the checkpoint has never seen.

    Raises
    ------
    DataError
        If the split is empty, the folder's domain is not the checkpoint's, or a split is asked for of a
        folder that would be split otherwise than in training.
    """
    folder = find_checkpoint(checkpoint)
    card = read_card(folder)
    recipe = parse_recipe(card.recipe)
    manifest = open_folder(data, card.label_space).waived(card.data.waiver)
    if manifest.synthetic != card.synthetic:
        kinds = ("phantoms", "films") if card.synthetic else ("films", "phantoms")
        raise DataError(f"{card.title} knows {kinds[0]}, and the folder holds {kinds[1]}.", "Choose another checkpoint.")
    if split != "all":
        own_split = all(i.split for i in manifest.items)
        manifest = assign(manifest, folds=recipe.folds, fold=recipe.fold, seed=recipe.seed)
        if not own_split and manifest.split_sha256 != card.data.split_sha256:
            # One picture more or less moves others between the parts, and a woman trained on may end up in the test part.
            raise DataError(
                f"The folder does not hold exactly the images that {card.name} was trained and tested on.",
                "Use the same folder; or --split all, if the checkpoint has seen none of these images.",
            )
    manifest, grids = _decode(manifest, card.input)
    part = Data(manifest, grids, targets(manifest.items, card.label_space))
    items = manifest.part(split)
    if not items:
        raise DataError(f"The folder has no {split} split.", "Use --split all.")
    logits = _logits(recipe, part, load(folder).model, split)
    frame = _table(manifest, {split: logits}, card.label_space)
    return report_of(frame, Header.from_card(card), split=split)


def _table(manifest: Manifest, logits: dict[str, np.ndarray], space: LabelSpace) -> pd.DataFrame:
    """The predictions of some splits as one table."""
    rows = [
        {
            "sha256": i.sha256,
            "case": i.case,
            "patient": i.patient_key,
            "split": split,
            "source": i.source,
            "view": i.view,
            "laterality": i.laterality,
            "density": i.density,
            "label": manifest.classes_of(i) if space.kind == "multilabel" else i.label,
        }
        for split in logits
        for i in manifest.part(split)
    ]
    return table(rows, np.concatenate(list(logits.values())), space)


def _decode(manifest: Manifest, spec: InputSpec) -> tuple[Manifest, np.ndarray]:
    with _bar(manifest, "decoding") as seen:
        return cached_grids(manifest, spec, progress=seen)


@contextmanager
def _bar(manifest: Manifest, what: str) -> Iterator[Callable[[int, int], None]]:
    with tqdm(total=len(manifest.items), unit="image", desc=what, file=sys.stderr, leave=False) as bar:
        yield lambda done, _: bar.update(done - bar.n)


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


def _saved(recipe: Recipe, folder: Path) -> tuple[Classifier, Weights]:
    """The model as it will be loaded, rounded to the stored dtype, and the weights' entry for the card."""
    model = build(recipe.architecture, len(recipe.space.classes), recipe.dropout, recipe.input.channels)
    model.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in load_file(folder / "weights.safetensors").items()})
    return model.eval(), save_weights(folder, model, recipe.weights_dtype)


def _logits(recipe: Recipe, data: Data, model: Classifier, split: str) -> np.ndarray:
    fabric = fabric_of(recipe)
    model = model.to(fabric.device, memory_format=torch.channels_last)
    return predict(fabric, model, loader(data.part(split, recipe), recipe, train=False))[0]


def _positive(truth: np.ndarray, recipe: Recipe) -> np.ndarray:
    members = recipe.space.members(recipe.space.positive)
    return np.isin(truth, members) if truth.ndim == 1 else truth[:, list(members)].any(1)


def _data_use(manifest: Manifest) -> DataUse:
    return DataUse(
        sources=manifest.sources,
        terms=manifest.terms,
        synthetic=manifest.synthetic,
        manifest_sha256=manifest.sha256,
        split_sha256=manifest.split_sha256,
        images={s: sum(c.values()) for s, c in manifest.counts().items()},
        patients=manifest.patients(),
        classes=manifest.counts(),
        waiver=manifest.waiver,
    )
