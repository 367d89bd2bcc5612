"""The results of a saved case, for export. A saved case names no patient: its source files do, and are needed again."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from pydicom.dataset import Dataset

from core.errors import CheckpointError, ScanError
from core.exchange import ExchangeError
from core.exchange.objects.results import ExamResults, ViewResult
from core.exchange.objects.source import source_header
from core.files import sha256_bytes
from core.imaging.input import InputSpec
from core.inference.evidence import Evidence
from core.models.card import Card, find_checkpoint, read_card
from core.scans.quality import assess
from core.scans.read import read_file
from core.store import saved_exams
from core.store.listing import Entry
from core.store.records import SavedPrediction

if TYPE_CHECKING:
    from core.inference.predictor import Predictor  # torch


def headers_of(files: Iterable[str], wanted: set[str]) -> dict[str, Dataset]:
    """Headers of the files whose sha256 is wanted, by that; stops once all are found. Files that cannot be read are passed over."""
    found: dict[str, Dataset] = {}
    for file in files:
        if wanted <= found.keys():
            break
        try:
            data = read_file(file)
        except ScanError:
            continue
        if (sha256 := sha256_bytes(data)) in wanted and (header := source_header(data)) is not None:
            found[sha256] = header
    return found


def results_of(entry: Entry, headers: Mapping[str, Dataset]) -> ExamResults:
    """What is exported of a saved case: the saved scores of the model that scored it last, and heatmaps computed again.

    Parameters
    ----------
    entry : Entry
    headers : mapping of str to Dataset
        Of the source files, by their sha256.

    Raises
    ------
    ExchangeError
        If a source file is missing, or the views belong to several studies.
    CheckpointError
        If the checkpoint is gone, or its weights are not those that scored the case.
    StoreError
        If an image is damaged.
    """
    missing = [v.label for v in entry.views if v.sha256 not in headers]
    if missing:
        raise ExchangeError(
            f"The source file of {', '.join(missing)} was not found; a saved case does not name the patient.",
            "Name the folder of its DICOM files with --source.",
        )
    newest = max(entry.predictions, key=lambda p: p.at, default=None)
    rows = {p.scan_sha256: p for p in entry.predictions if newest is not None and p.checkpoint == newest.checkpoint}
    card = _card(newest) if newest is not None else None
    views = tuple(_view(v.sha256, headers[v.sha256], rows.get(v.sha256)) for v in entry.views)
    saved = saved_exams.open_saved(entry.id)
    return ExamResults(views, card, newest.at if newest else entry.saved_at, saved.assessments)


def _card(row: SavedPrediction) -> Card:
    card = read_card(find_checkpoint(row.checkpoint))
    if card.weights.sha256 != row.weights_sha256:
        raise CheckpointError(
            f"The weights of {row.checkpoint} are not those that scored the saved case.", "Score it again, save it, and export it then."
        )
    return card


def _view(sha256: str, source: Dataset, row: SavedPrediction | None) -> ViewResult:
    scan = saved_exams.open_view(sha256)
    if row is None:
        quality = assess(scan)
        if not quality.ok:
            return ViewResult(scan, source, "cannot assess", reason=" ".join(quality.reasons))
        return ViewResult(scan, source, "failed", reason="No score was saved with this view.")
    predictor = _predictor(row.checkpoint, row.any_domain)
    prediction, maps = predictor.predict_and_explain(scan, input=InputSpec.model_validate(row.input))
    positive = predictor.card.label_space.positive
    evidence = Evidence.of(maps[positive], prediction, positive, _full_colour(row.checkpoint, positive))
    return ViewResult(scan, source, "succeeded", row.score, row.threshold, evidence)


@cache
def _predictor(checkpoint: str, any_domain: bool) -> "Predictor":
    from core.inference.predictor import Predictor

    return Predictor.load(checkpoint, any_domain=any_domain)


def _full_colour(checkpoint: str, label: str) -> float | None:
    from core.evaluation.evaluation_report import load_probes  # late: pandas

    return load_probes(find_checkpoint(checkpoint)).full_colour(label)
