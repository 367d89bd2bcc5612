"""The same data, network, seed and epochs under two protocols: altered copies split at random, or patients split first.

Many published figures come from the first one: each image is altered some dozen times on disk, and copies
of one image end up on both sides of a random split. The second differs in nothing but the split.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit
from tqdm import tqdm

from core.datasets.cache import cached_grids
from core.datasets.sources import open_folder
from core.errors import DataError
from core.files import read_json, write_json
from core.inference.calibration import probabilities
from core.models.card import Estimate
from core.training.augment import augment
from core.training.crossval import summarise
from core.training.experiment import first_model, training_batches
from core.training.fabric import fabric_of, precision_of
from core.training.loaders import Grids, in_order
from core.training.recipe import Recipe
from core.training.trainer import Trainer, predict

REPORT = "leaky.json"
PROTOCOLS = {
    "leaky": "Altered first, then split at random: copies of one image stand on both sides.",
    "honest": "Patients split first: no image of a patient in the test part was ever trained on.",
}


def leakage_demo(recipe: Recipe, data: Path, out: Path, *, copies: int = 16, test_share: float = 0.2) -> dict:
    """Train a recipe under both protocols and write `out/leaky.json`.

    Each image becomes `copies` images, the first unaltered. The training is that of the recipe, but for early
    stopping: the weights of the last epoch are tested, since neither protocol chooses one. Epochs on patches learn from
    whole images here, and all images are altered before the split instead of in each epoch. Positive decisions are those whose
    score is at least 0.5.

    Returns
    -------
    dict
        "leaky" and "honest", each with "about", "shared_patients" (patients on both sides), "shared_images" and what
        `core.training.crossval.summarise` gives; "recipe", "copies", "sources", "classes".

    Raises
    ------
    DataError
        If the label space is multilabel.
    """
    if recipe.space.kind != "multiclass":
        raise DataError("Both protocols need a recipe with exactly one class an image.", "Choose another recipe.")
    manifest, grids = cached_grids(open_folder(data, recipe.space), recipe.input)
    truth = np.repeat(manifest.targets(), copies)
    image = np.repeat(np.arange(len(manifest.items)), copies)
    patient = np.array([i.patient_key for i in manifest.items])[image]
    altered = _altered(grids, recipe, copies)
    splits = {
        "leaky": next(ShuffleSplit(1, test_size=test_share, random_state=recipe.seed).split(truth)),
        "honest": next(GroupShuffleSplit(1, test_size=test_share, random_state=recipe.seed).split(truth, groups=patient)),
    }
    report: dict = {"recipe": recipe.model_dump(mode="json", exclude_none=True), "copies": copies}
    report |= {"sources": list(manifest.sources), "classes": list(recipe.space.classes)}
    for name, (train, test) in splits.items():
        parts = (Grids(altered, rows, truth[rows], recipe.input) for rows in (train, test))
        frame = _train_and_test(recipe, *parts).assign(patient=patient[test])
        report[name] = {
            "about": PROTOCOLS[name],
            "shared_patients": len(set(patient[train]) & set(patient[test])),
            "shared_images": len(set(image[train]) & set(image[test])),
            **summarise(frame, recipe.space),
        }
        write_json(Path(out) / REPORT, report)
    return read_json(Path(out) / REPORT)


def _altered(grids: np.ndarray, recipe: Recipe, copies: int) -> np.ndarray:
    """Each grid `copies` times, uint16 (N · copies, rows, columns); the first of each stays as it is."""
    out = np.empty((len(grids) * copies, *grids.shape[1:]), np.uint16)
    for i, grid in enumerate(tqdm(grids, desc="altering", unit="image", leave=False)):
        out[i * copies] = grid
        for k in range(1, copies):
            rng = np.random.default_rng((recipe.seed, i, k))
            out[i * copies + k] = np.rint(augment(np.asarray(grid), recipe.augment, rng) * 65535)
    return out


def _train_and_test(recipe: Recipe, train: Grids, test: Grids) -> pd.DataFrame:
    """Train on some images, test on others: truth, called, score and positive of each test image."""
    fabric, space = fabric_of(precision_of(recipe.precision, recipe.architecture)), recipe.space
    model, _ = first_model(recipe, train)
    batches = training_batches(train, recipe, fabric)
    trainer = Trainer(fabric, model, recipe, batches)
    epochs = tqdm(range(recipe.epochs), unit="epoch")
    for epoch in epochs:
        epochs.set_postfix(loss=f"{trainer.train_epoch(batches, epoch).loss:.3f}")
    logits, truth = predict(fabric, trainer.evaluated, in_order(test, recipe.batch_size, recipe.workers))
    p = probabilities(logits, space)
    score = space.positive_score(p)
    return pd.DataFrame({"truth": truth, "called": p.argmax(1), "score": score, "positive": score >= 0.5})


def sentences(report: dict) -> str:
    """Both protocols as lines for people."""
    lines = []
    for name in PROTOCOLS:
        block = report[name]
        lines.append(f"{name}: {block['about']}")
        lines.append(
            f"  {block['n']} test images; patients on both sides: {block['shared_patients']}; majority {block['majority_share']:.3f}"
        )
        for metric in ("accuracy", "balanced_accuracy", "macro_f1", "sensitivity", "auroc"):
            lines.append(f"  {metric:18} {Estimate.model_validate(block[metric]).text(3)}")
    return "\n".join(lines)
