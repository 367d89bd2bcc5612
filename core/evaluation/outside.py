"""Outside tests: a checkpoint on the sources that it was not trained on. Needs the model."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.datasets.cache import cached_grids
from core.datasets.manifest import Manifest
from core.datasets.sources import open_folder
from core.errors import DataError
from core.evaluation.predictions import Predictions
from core.inference.predictor import Predictor
from core.labels import DENSITY, TISSUE, TUMOUR, LabelSpace
from core.models.card import Card, find_checkpoint, list_cards
from core.models.outside_results import OutsideResult

BATCH = 16
# A checkpoint's label space → the spaces in which a source may state the truth. The score is that of the checkpoint's positive class:
# a malignancy or a suspicion of one is compared with cancer, dense tissue with dense tissue.
TRUTHS: dict[str, tuple[LabelSpace, ...]] = {
    **dict.fromkeys(("tumour", "triage", "suspicion", "density8", "tissue6"), (TUMOUR,)),
    **dict.fromkeys(("tissue", "density"), (TISSUE, DENSITY)),
}


def testable() -> list[Card]:
    """The checkpoints for mammograms whose label space other sources can state."""
    return [c for c in list_cards() if not c.synthetic and c.label_space.name in TRUTHS]


def measure_outside(
    checkpoint: str | Path, data: Path, *, patients: int | None = None, progress: Callable[[int, int], None] | None = None
) -> tuple[OutsideResult, ...]:
    """AUROC, sensitivity and specificity on every source in a folder that the checkpoint was not trained on.

    Parameters
    ----------
    data : Path
        A data set, or a folder of data sets; what cannot be read or has another kind of label is passed over.
    patients : int, optional
        At most so many patients of a source, drawn at random, always the same.

    Raises
    ------
    CheckpointError
        If the checkpoint is missing or damaged.
    DataError
        If its labels can be compared with no other source, or the folder has none.
    """
    predictor = Predictor.load(find_checkpoint(checkpoint))
    card = predictor.card
    if card.label_space.name not in TRUTHS or card.synthetic:
        raise DataError(f"{card.title} has no outside test.", "Choose a checkpoint for mammograms with a score of cancer or density.")
    found = tuple(
        _measure(predictor, manifest, patients, progress)
        for manifest in data_sets(data, TRUTHS[card.label_space.name])
        if not set(manifest.sources) & set(card.data.sources)
    )
    if not found:
        raise DataError(
            f"The folder {data} holds no source that {card.name} was not trained on.", "Name a folder of data sets with --data."
        )
    return found


def data_sets(folder: Path, spaces: tuple[LabelSpace, ...]) -> Iterator[Manifest]:
    """The data sets of mammograms in a folder, each in the first of the label spaces that it can state."""
    single = _opened(folder, spaces)
    if single is not None:
        yield single
        return
    for part in sorted(p for p in Path(folder).iterdir() if p.is_dir()):
        inner = [p for p in part.iterdir() if p.is_dir()]
        manifest = _opened(part, spaces) or (_opened(inner[0], spaces, part.name) if len(inner) == 1 else None)
        if manifest is not None and not manifest.synthetic:
            yield manifest


def _opened(folder: Path, spaces: tuple[LabelSpace, ...], source: str | None = None) -> Manifest | None:
    for space in spaces:
        try:
            manifest = open_folder(folder, space)
        except DataError:
            continue
        if len(manifest.sources) == 1:
            return replace(manifest, items=tuple(replace(i, source=source or i.source) for i in manifest.items))
    return None


def _measure(predictor: Predictor, manifest: Manifest, patients: int | None, progress: Callable[[int, int], None] | None) -> OutsideResult:
    everyone = sorted({i.patient_key for i in manifest.items})
    drawn = patients is not None and patients < len(everyone)
    if drawn:
        some = set(np.random.default_rng(0).permutation(everyone)[:patients])
        manifest = replace(manifest, items=tuple(i for i in manifest.items if i.patient_key in some))
    card = predictor.card
    manifest, grids = cached_grids(manifest, card.input, progress=progress)
    starts = range(0, len(grids), BATCH)
    scores = [predictor.scores(np.stack([card.input.finish(g) for g in np.asarray(grids[s : s + BATCH])])) for s in starts]
    truth = manifest.space.positives(manifest.targets())
    found = Predictions(np.concatenate(scores), truth, np.array([i.patient_key for i in manifest.items]))
    called = found.called(card.threshold)
    return OutsideResult(
        checkpoint=card.name,
        weights_sha256=card.weights.sha256,
        source=manifest.sources[0],
        positive=manifest.space.positive,
        n=len(found),
        n_patients=found.bootstrap.n_patients,
        n_positive=int(truth.sum()),
        drawn=drawn,
        auroc=found.auroc,
        sensitivity=found.sensitivity(called),
        specificity=found.specificity(called),
    )
