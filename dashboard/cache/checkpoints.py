"""What checkpoints bring, their cards, reports and images: caches bounded, and keyed by what the files are."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import DataError, SecondReaderError
from core.files import read_json
from core.folders import checkpoints_folder, runs_folder
from core.inference.default_model import by_preference
from core.inference.evidence import Evidence
from core.inference.overlay import hung_overlay
from core.inference.saliency import Saliency
from core.models.card import Card, list_cards
from core.models.outside_results import FILE as OUTSIDE
from core.models.outside_results import OutsideResult, read_outside
from dashboard.cache import predictions
from dashboard.cache.keys import HASH_FUNCS, Chosen
from dashboard.images.render import grey, jpeg, shrink

if TYPE_CHECKING:
    import pandas as pd

    from core.evaluation.compare import Comparison
    from core.evaluation.evaluation_report import EvaluationReport
    from core.evaluation.metrics.reliability import Reliability
    from core.evaluation.predictions import ClassPredictions
    from core.evaluation.resolution_report import ResolutionReport
    from core.inference.prediction import Prediction
    from core.notes.fusion import Fusion
    from core.notes.model import NoteCard, NoteModel
    from dashboard.images.outline import Outline


def cards() -> list[Card]:
    """Cards of all checkpoints, best real ones first."""
    return _cards(tuple(sorted(p for name in ("card.json", "outside.json") for p in checkpoints_folder().glob(f"*/{name}"))))


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=HASH_FUNCS)
def _cards(files: tuple[Path, ...]) -> list[Card]:
    del files  # the key
    return by_preference(list_cards())


def report(name: str) -> "EvaluationReport | None":
    """report.json of a checkpoint, or None.

    Raises
    ------
    DataError
        If it is not valid.
    """
    return _report(checkpoints_folder() / name / "report.json")


def outside(name: str) -> tuple[OutsideResult, ...]:
    """How a checkpoint does on sources that it was not trained on."""
    return _outside(checkpoints_folder() / name / OUTSIDE)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=HASH_FUNCS)
def _outside(path: Path) -> tuple[OutsideResult, ...]:
    return read_outside(path.parent)


def evidence(card: Card, prediction: "Prediction", maps: dict[str, Saliency]) -> dict[str, Evidence]:
    """How a prediction's heatmaps may be drawn, by label."""
    known = report(card.name)
    positive = card.label_space.positive
    return {label: Evidence.of(m, prediction, positive, known.full_colour(label) if known else None) for label, m in maps.items()}


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=HASH_FUNCS)
def _report(path: Path) -> "EvaluationReport | None":
    from core.evaluation.evaluation_report import load_report

    return load_report(path.parent) if path.is_file() else None


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=HASH_FUNCS)
def scores(card: Card, split: str, temperature: float | None = None) -> "ClassPredictions":
    """Saved predictions of a split, by the card's temperature unless another is given."""
    from core.evaluation.predictions import predictions_of

    return predictions_of(checkpoints_folder() / card.name, card, split, temperature)


def titles() -> dict[str, str]:
    """Title of each checkpoint by its name, with the name where two titles are alike."""
    found = cards()
    counts = Counter(c.title for c in found)
    return {c.name: f"{c.title} ({c.name})" if counts[c.title] > 1 else c.title for c in found}


def comparable(name: str) -> list[str]:
    """The checkpoints with the same positive class that were tested on some of the same images."""
    mine = _tested(checkpoints_folder() / name / "predictions.csv")
    own = next(c for c in cards() if c.name == name)
    return [
        c.name
        for c in cards()
        if c.name != name
        and c.label_space.positive == own.label_space.positive
        and mine & _tested(checkpoints_folder() / c.name / "predictions.csv")
    ]


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=HASH_FUNCS)
def _tested(path: Path) -> frozenset[str]:
    """sha256 of the test images of a predictions.csv; empty where there is none."""
    import pandas as pd

    try:
        table = pd.read_csv(path, usecols=["sha256", "split"], dtype=str)
    except (OSError, ValueError):
        return frozenset()
    return frozenset(table.loc[table["split"] == "test", "sha256"])


def report_at(card: Card, threshold: float, rule: str, *, complete: bool = False) -> "EvaluationReport":
    """The report of a checkpoint at an operating point; robustness and stability take a moment, only `complete` has them.

    Raises
    ------
    DataError
        If report.json is missing or not valid, or predictions.csv is.
    """
    folder = checkpoints_folder() / card.name
    saved = _report(folder / "report.json")
    if saved is None:
        raise DataError(f"{card.title} has no report.json.", f"Run `second-reader evaluate {card.name} --data DIR --save`.")
    if (threshold, rule) == (saved.threshold, saved.threshold_rule):
        return saved
    return _report_at(card, folder / "report.json", threshold, rule, complete)


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=HASH_FUNCS)  # a report is frozen, so it need not be copied
def _report_at(card: Card, path: Path, threshold: float, rule: str, complete: bool) -> "EvaluationReport":
    from core.evaluation.probes.perturbation_sweep import read_sweep
    from core.evaluation.report import at_threshold

    saved = _report(path)
    assert saved is not None  # its caller has read it
    return at_threshold(saved, scores(card, "test"), threshold, rule, sweep=read_sweep(path.parent) if complete else None)


def band(card: Card, score: float) -> int | None:
    """Band 1 to 10 of a score among the card's validation images; None without their predictions."""
    from core.evaluation.metrics.operating_point import band as band_of  # late: it brings pandas

    try:
        return band_of(scores(card, "validation"), score)
    except SecondReaderError:
        return None


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=HASH_FUNCS)
def reliability(card: Card, temperature: float | None = None) -> "Reliability":
    """The reliability of the saved test predictions, by the card's temperature unless another is given."""
    from core.evaluation.metrics.reliability import reliability as measure

    return measure(scores(card, "test", temperature))


def compared(first: str, second: str) -> "Comparison":
    """Two checkpoints on the images that both were tested on."""
    return _compared(checkpoints_folder() / first / "predictions.csv", checkpoints_folder() / second / "predictions.csv")


@st.cache_data(max_entries=16, show_spinner="Comparing on the common images", hash_funcs=HASH_FUNCS)
def _compared(first: Path, second: Path) -> "Comparison":
    from core.evaluation.compare import compare

    return compare(first.parent.name, second.parent.name)


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=HASH_FUNCS)
def cases(card: Card) -> "pd.DataFrame":
    """The test cases of a checkpoint as `core.evaluation.report_images.cases_of` gives them."""
    from core.evaluation.report_images import cases_of

    return cases_of(checkpoints_folder() / card.name, card)


@st.cache_data(max_entries=4, ttl=3600, show_spinner="Looking through the folder")
def index(folder: str) -> dict[str, Path]:
    """sha256 → path of the files under a folder that the user linked."""
    from core.evaluation.report_images import index as look

    return look(Path(folder))


def case_bytes(case: str, path: Path | None) -> bytes:
    """The file of a test case: from the linked folder, or drawn again."""
    from core.evaluation.report_images import phantom_bytes

    return path.read_bytes() if path else phantom_bytes(case)


def case_truth(case: str) -> tuple["Outline", ...]:
    """Outlines of what was planted in a phantom that is drawn again."""
    from core.evaluation.report_images import phantom_view
    from dashboard.images.outline import outlines

    return outlines(phantom_view(case))


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs=HASH_FUNCS)
def case_image(sha256: str, case: str, path: Path | None, card: Card | None = None) -> bytes | None:
    """A JPEG of a test case for the gallery, with the heatmap of `card` where given; None where there is no image of it."""
    from core.scans import read_scan

    if not (path or case):
        return None
    try:
        scan = read_scan(case_bytes(case, path))
        if card is None:
            return jpeg(grey(shrink(scan.display(), 260)))
        prediction, maps = predictions.predictor(Chosen(card)).predict_and_explain(scan)
        found = evidence(card, prediction, maps)[card.label_space.positive]
        return jpeg(hung_overlay(scan, replace(found, weak=False), 0.6, 260)[..., ::-1])  # of a missed case, too: it is asked for
    except (SecondReaderError, OSError):
        return None


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=HASH_FUNCS)
def rules(card: Card) -> dict[str, float]:
    """Thresholds that rules would choose on the validation part."""
    from core.evaluation.metrics.operating_point import chosen_on

    return chosen_on(scores(card, "validation"))


def protocols() -> dict[str, dict]:
    """Every finished leaky.json by what was compared: your own in the runs folder, newest first, then the shipped ones."""
    found: dict[str, dict] = {}
    own = sorted(runs_folder().glob("**/leaky.json"), key=lambda p: p.stat().st_mtime_ns)
    for path in (*own[::-1], *sorted(checkpoints_folder().glob("*/leaky.json"))):
        report = read_json(path)
        if {"leaky", "honest"} <= set(report):
            recipe = report["recipe"]
            found.setdefault(f"{recipe['architecture']}, {report['copies']} copies, {recipe['epochs']} epochs", report)
    return found


def note_model() -> "NoteModel":
    """The shipped model of notes.

    Raises
    ------
    CheckpointError
        If it is not there or not whole.
    """
    from core.notes.model import CARD, SHIPPED

    return _note_model(checkpoints_folder() / SHIPPED / CARD)


@st.cache_resource(max_entries=2, show_spinner="Loading the model of notes", hash_funcs=HASH_FUNCS)
def _note_model(card: Path) -> "NoteModel":
    from core.notes.model import NoteModel

    return NoteModel.load(card.parent)


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=HASH_FUNCS)
def fusion(card: Card, note_card: "NoteCard") -> "Fusion":
    """How this checkpoint's score and the notes' become one.

    Raises
    ------
    CheckpointError
        If that was never fitted, or for other versions of the two.
    """
    from core.notes.fusion import read_fusion

    return read_fusion(checkpoints_folder() / card.name, card, note_card)


def resolution(card: Card) -> "ResolutionReport | None":
    """resolution.json of a checkpoint, or None."""
    from core.evaluation.resolution_report import load_resolution

    return load_resolution(checkpoints_folder() / card.name, card)


def sidecar(card: Card, name: str) -> dict | None:
    """A file of metrics next to a card, such as fusion.json; None where there is none, or it is of other weights."""
    path = checkpoints_folder() / card.name / name
    found = read_json(path) if path.is_file() else {}
    return found if found.get("weights_sha256") == card.weights.sha256 else None
