"""A finished checkpoint meets a data folder: its figures there; or, on its own data, everything that a report is made of."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from tqdm import tqdm

from core.datasets.manifest import Item, SplitOrAll
from core.datasets.sources import open_folder
from core.datasets.split import assign
from core.errors import DataError
from core.evaluation.evaluation_report import PROBES_FILE, EvaluationReport
from core.evaluation.parts.probes import Probes
from core.evaluation.predictions import predictions_of, write_predictions
from core.evaluation.probes.perturbation_sweep import BATCH, all_perturbations, sweep, write_sweep
from core.evaluation.report import Header, make_report, report_of
from core.files import write_json
from core.inference.features import embed
from core.inference.out_of_distribution import TrainingNeighbours
from core.inference.predictor import Predictor
from core.models.card import Card, find_checkpoint, read_card, write_card
from core.models.checkpoint import load
from core.training.data import Data, decode
from core.training.finalise import EVALUATED, predict_part, table_of
from core.training.loaders import Grids
from core.training.recipe import Recipe, parse_recipe


def evaluate(checkpoint: str | Path, data: Path, *, split: SplitOrAll = "test") -> EvaluationReport:
    """The report of a checkpoint on a data folder, with its threshold and temperature as they are.

    `split` is "train", "validation", "test" (as the checkpoint's own recipe splits such a folder) or
    "all" for data that the checkpoint has never seen.

    Raises
    ------
    DataError
        If the split is empty, the folder's domain is not the checkpoint's, or a split is requested of a
        folder that would be split otherwise than in training.
    """
    card, recipe, folder = _as_in_training(checkpoint, data, split)
    if not folder.manifest.part(split):
        raise DataError(f"The folder has no {split} split.", "Use --split all.")
    logits = predict_part(load(find_checkpoint(checkpoint)).model, folder.part(split), recipe.batch_size)
    frame = table_of(folder.manifest, {split: logits}, card.label_space)
    return report_of(frame, Header.from_card(card), split=split)


def save(checkpoint: str | Path, data: Path) -> Path:
    """Write predictions.csv, sweep.csv, probes.json, out_of_distribution.npz and report.json again into a checkpoint's folder.

    `data` is what it was trained on.

    The card's headline figures follow; weights, threshold and temperature stay as they are.

    Raises
    ------
    DataError
        If the folder does not hold exactly the images of the checkpoint's training.
    """
    folder = find_checkpoint(checkpoint)
    card, recipe, known = _as_in_training(folder, data, "test")
    manifest, model = known.manifest, load(folder).model
    logits = {split: predict_part(model, known.part(split), recipe.batch_size) for split in EVALUATED}
    if recipe.logistic_head:  # it has learned from the validation part: the logits out of fold, of its training, stay
        logits["validation"] = predictions_of(folder, card, "validation").logits
    write_predictions(folder, table_of(manifest, logits, card.label_space))
    predictor, test = Predictor(card, model), manifest.part("test")
    part = known.part("test")
    grids = part.grids[part.where]
    with _bar("perturbations", len(all_perturbations())) as seen:
        write_sweep(folder, sweep(predictor, test, grids, seen))
    write_json(folder / PROBES_FILE, _probes(predictor, known, test, grids).model_dump(mode="json", exclude_none=True))
    _training_neighbours(predictor, known).write(folder)
    report = make_report(folder, Header.from_card(card))
    write_card(folder, card.model_copy(update={"metrics": report.metrics, "majority_baseline": report.majority_baseline}))
    return folder


def _probes(predictor: Predictor, known: Data, test: tuple[Item, ...], grids: np.ndarray) -> Probes:
    from core.evaluation.probes.faithfulness import faithfulness
    from core.evaluation.probes.froc import froc
    from core.evaluation.probes.heatmap_scale import heatmap_scale
    from core.evaluation.probes.heatmaps import evaluate_heatmaps
    from core.evaluation.probes.pointing_game import localise
    from core.evaluation.probes.shortcuts import shortcuts

    manifest = known.manifest
    validation = manifest.part("validation")
    with _bar("heatmap scale", len(validation)) as seen:
        scale = heatmap_scale(predictor, manifest, validation, seen)
    found = Probes(shortcuts=shortcuts(predictor, test, grids), heatmap_scale=scale)
    if not manifest.space.localisable:
        return found
    with _bar("pointing game", None) as seen:
        localisation = localise(predictor, manifest, test, seen)
    with _bar("heatmaps", None) as seen:
        heatmaps = evaluate_heatmaps(predictor, manifest, test, seen)
    full = found.full_colour(manifest.space.positive)
    with _bar("marks", None) as seen:
        marks = froc(predictor, manifest, test, full, seen) if full else ()
    with _bar("faithfulness", None) as seen:
        faithful = faithfulness(predictor, manifest, test, seen)
    return found.model_copy(update={"localisation": localisation, "heatmaps": heatmaps, "faithfulness": faithful, "froc": marks or None})


def _training_neighbours(predictor: Predictor, known: Data) -> TrainingNeighbours:
    train = known.manifest.part("train")
    names = [" ".join(known.manifest.classes_of(i)) for i in train]
    features = (_features(predictor, known.part("train")), _features(predictor, known.part("validation")))
    return TrainingNeighbours.of(*features, [i.sha256 for i in train], names, [i.case for i in train])


def _features(predictor: Predictor, part: Grids) -> np.ndarray:
    starts = range(0, len(part), BATCH)
    batches = (np.stack([part[i][0] for i in range(start, min(start + BATCH, len(part)))]) for start in starts)
    return np.concatenate([embed(predictor, batch) for batch in batches])


def _as_in_training(checkpoint: str | Path, data: Path, split: SplitOrAll) -> tuple[Card, Recipe, Data]:
    """Card, recipe and the folder, split and decoded as in the checkpoint's training."""
    folder = find_checkpoint(checkpoint)
    card = read_card(folder)
    recipe = parse_recipe(card.recipe)
    manifest = open_folder(data, card.label_space).waived(card.data.waiver)
    if manifest.synthetic != card.synthetic:
        kinds = ("phantoms", "mammograms") if card.synthetic else ("mammograms", "phantoms")
        raise DataError(f"{card.title} was trained on {kinds[0]}, and the folder holds {kinds[1]}.", "Choose another checkpoint.")
    if split != "all":
        own_split = all(i.split for i in manifest.items)
        manifest = assign(manifest, folds=recipe.folds, fold=recipe.fold, seed=recipe.seed)
        if not own_split and manifest.split_sha256 != card.data.split_sha256:
            # One image more or less moves others between the parts, and a patient trained on may end up in the test part.
            raise DataError(
                f"The folder does not hold exactly the images that {card.name} was trained and tested on.",
                "Use the same folder; or --split all, if the checkpoint has seen none of these images.",
            )
    manifest, grids = decode(manifest, card.input)
    return card, recipe, Data(manifest, grids, card.input, manifest.targets())


@contextmanager
def _bar(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    with tqdm(total=total, desc=what, file=sys.stderr, leave=False) as bar:

        def show(done: int) -> None:
            bar.update(done - bar.n)

        yield show
