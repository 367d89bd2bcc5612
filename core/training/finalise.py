"""The end of a training: calibration on validation, one look at the test split, report, card."""

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from core.datasets.manifest import Item, Manifest, Split, SplitOrAll
from core.evaluation.predictions import table, write_predictions
from core.evaluation.report import Header, make_report
from core.inference import calibration
from core.inference.threshold_rule import ThresholdRule
from core.labels import LabelSpace
from core.models.architectures import Classifier
from core.models.card import Calibration, Card, DataUse, Estimate, Weights, write_card
from core.models.heads import output_layer
from core.training.data import Data
from core.training.fabric import fabric_of, precision_of
from core.training.loaders import Grids, in_order
from core.training.recipe import Recipe
from core.training.trainer import predict

EVALUATED: tuple[Split, ...] = ("validation", "test")
PACKAGES = ("torch", "torchvision", "lightning", "numpy", "opencv-python-headless", "pydicom")


def correct_bias(model: Classifier, data: Data, logits: np.ndarray) -> tuple[Calibration, np.ndarray]:
    """Add a bias to the logits, in the last layer, where it lowers the cross-validated Brier score of validation.

    `logits` are those of validation, float32 (N, C); they come back, shifted as well, after what was calibrated.
    The temperature is `finalise`'s: fitted to the shifted logits, it is the one that was fitted with the bias.
    """
    part, space = data.part("validation"), data.manifest.space
    patients = np.array([i.patient_key for i in data.manifest.part("validation")])
    if not len(logits) or not calibration.bias_pays(logits, part.truth, space, patients):
        return "temperature", logits
    _, bias = calibration.fit_with_bias(logits, part.truth, space)
    with torch.no_grad():
        layer = output_layer(model.head)
        layer.bias.add_(torch.from_numpy(bias).to(layer.bias))
    return "temperature and bias", logits + bias.astype(np.float32)


def finalise(
    recipe: Recipe,
    data: Data,
    folder: Path,
    model: Classifier,
    weights: Weights,
    origin: str,
    calibrated: Calibration = "temperature",
    held_out: np.ndarray | None = None,
) -> None:
    """Calibrate on validation, predict the test split once, and write predictions, report and card.

    The probes (perturbations, heatmaps, training neighbours) are `core.training.evaluate.save`'s: they take minutes.

    `model` computes with the saved `weights`; `origin` says where training started from, `calibrated` what `correct_bias` did. `held_out`
    are logits of validation, float32 (N, C), from models without its patients, where the model itself has learned from them.
    """
    manifest, space = data.manifest, recipe.space
    known: dict[Split, np.ndarray] = {} if held_out is None else {"validation": held_out}
    logits = {s: known[s] if s in known else predict_part(model, data.part(s), recipe.batch_size) for s in EVALUATED}
    truth = data.part("validation").truth
    temperature = calibration.fit(logits["validation"], truth, space)
    scores = calibration.score(logits["validation"], space, temperature)
    threshold, rule = ThresholdRule.parse(recipe.threshold_rule).choose(scores, space.positives(truth))
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
        calibration=calibrated,
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
        precision=precision_of(recipe.precision, recipe.architecture),
        versions={p: version(p) for p in PACKAGES},
        created=datetime.now(UTC).date().isoformat(),
        recipe=recipe.model_dump(mode="json", exclude_none=True),
    )
    write_predictions(folder, table_of(manifest, logits, space))
    report = make_report(folder, Header.from_card(card))
    write_card(folder, card.model_copy(update={"metrics": report.metrics, "majority_baseline": report.majority_baseline}))


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


def table_of(manifest: Manifest, logits: Mapping[Split, np.ndarray] | Mapping[SplitOrAll, np.ndarray], space: LabelSpace) -> pd.DataFrame:
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


def predict_part(model: Classifier, images: Grids, batch_size: int) -> np.ndarray:
    """Logits, float32 (N, C), in 32 bit as for a single image, whatever the training's precision was."""
    fabric = fabric_of("32-true")
    model = model.to(fabric.device).to(memory_format=torch.channels_last)
    return predict(fabric, model, in_order(images, batch_size))[0]
