"""The end of a training: calibration on validation, one look at the test split, report, card."""

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file

from core.datasets.manifest import Item, Manifest
from core.evaluation.predictions import table, write_predictions
from core.evaluation.probes.pointing_game import localise
from core.evaluation.report import PROBES, Header, make_report
from core.files import write_json
from core.inference import calibration
from core.inference.predictor import Predictor
from core.labels import LabelSpace
from core.models.architectures import Classifier, build
from core.models.card import Card, DataUse, Estimate, Weights, write_card
from core.models.checkpoint import save_weights
from core.training.data import Data
from core.training.fabric import fabric_of, precision_of
from core.training.loaders import loader
from core.training.recipe import Recipe
from core.training.trainer import predict

LESIONS = ("malignant", "tumour", "suspicious")  # positive classes that have a place in the image
PACKAGES = ("torch", "torchvision", "lightning", "numpy", "opencv-python-headless", "pydicom")


def finalise(recipe: Recipe, data: Data, folder: Path, origin: str) -> Path:
    """Calibrate on validation, predict the test split once, and write predictions, report and card."""
    manifest, space = data.manifest, recipe.space
    model, weights = _saved(recipe, folder)
    logits = {s: logits_of(recipe, data, model, s) for s in ("validation", "test")}
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
        precision=precision_of(recipe),
        versions={p: version(p) for p in PACKAGES},
        created=datetime.now(UTC).date().isoformat(),
        recipe=recipe.model_dump(mode="json", exclude_none=True),
    )
    frame = table_of(manifest, {"validation": logits["validation"], "test": logits["test"]}, space)
    write_predictions(folder, frame)
    if space.positive in LESIONS:
        found = localise(Predictor(card, model), manifest, manifest.part("test"))
        if found:
            write_json(folder / PROBES, {"localisation": found})
    report = make_report(folder, Header.from_card(card))
    headline = {k: Estimate(**v) for k, v in report["metrics"].items()}
    write_card(folder, card.model_copy(update={"metrics": headline, "majority_baseline": Estimate(**report["majority_baseline"])}))
    return folder


def _saved(recipe: Recipe, folder: Path) -> tuple[Classifier, Weights]:
    """The model as it will be loaded, rounded to the stored dtype, and the weights' entry for the card."""
    model = build(recipe.architecture, len(recipe.space.classes), recipe.dropout, recipe.input.channels)
    model.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in load_file(folder / "weights.safetensors").items()})
    return model.eval(), save_weights(folder, model, recipe.weights_dtype)


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


def table_of(manifest: Manifest, logits: dict[str, np.ndarray], space: LabelSpace) -> pd.DataFrame:
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
            "finding": ";".join(dict.fromkeys(kind for *_, kind in i.rois)),
            "size": _longest(i),
            "label": manifest.classes_of(i) if space.kind == "multilabel" else i.label,
        }
        for split in logits
        for i in manifest.part(split)
    ]
    return table(rows, np.concatenate(list(logits.values())), space)


def _longest(item: Item) -> str:
    """Longer side of the largest box, in pixels of the file."""
    return str(max((max(bottom - top, right - left) for top, left, bottom, right, _ in item.rois), default=""))


def logits_of(recipe: Recipe, data: Data, model: Classifier, split: str) -> np.ndarray:
    """Logits, float32 (N, C), of a split, in 32 bit as a reading computes them, whatever the training's precision was."""
    fabric = fabric_of(recipe.model_copy(update={"precision": "32-true"}))
    model = model.to(fabric.device, memory_format=torch.channels_last)
    return predict(fabric, model, loader(data.part(split, recipe), recipe, train=False))[0]
