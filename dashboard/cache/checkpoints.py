"""What checkpoints bring, their cards, reports and images: caches bounded, and keyed by what the files are."""

import threading
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import SecondReaderError
from core.files import read_json
from core.folders import checkpoints_folder, runs_folder
from core.inference.default_model import PREFERRED
from core.models.card import Card, list_cards
from dashboard.cache import predictions
from dashboard.images.render import grey, jpeg, overlaid, shrink

if TYPE_CHECKING:
    from core.evaluation.compare import Comparison
    from core.evaluation.evaluation_report import EvaluationReport
    from core.evaluation.metrics.reliability import Reliability
    from core.evaluation.predictions import ClassPredictions
    from core.evaluation.resolution_report import ResolutionReport

WARM_UP_AFTER = 1.0  # seconds; imports hold the interpreter's lock, and the first page shall reach the browser before that
# Looks only; no data goes in here.
STYLE = """<style>
[data-testid="stHeader"] { height: 2.7rem; min-height: 2.7rem; }
.stMainBlockContainer { padding: 3.1rem 1.4rem 1rem; }
[data-testid="stSidebarHeader"] { height: 2.4rem; }
.st-key-image_box { height: max(480px, calc(100vh - 4rem)) !important; flex: none !important; }
/* The mammogram stays where it is while the words beside it are read. */
[data-testid="stLayoutWrapper"]:has(> .st-key-image_box) { position: sticky; top: 3.1rem; }
.st-key-row_box { height: max(400px, min(calc(100vh - 21rem), 34vw)) !important; flex: none !important; }
[data-testid="stMetricValue"] { font-variant-numeric: tabular-nums; }
[data-tag] { background: #274352 !important; }
</style>"""


def cards() -> list[Card]:
    """Cards of all checkpoints, best real ones first."""
    return _cards(tuple(sorted((p.as_posix(), p.stat().st_mtime_ns) for p in checkpoints_folder().glob("*/card.json"))))


@st.cache_data(max_entries=4, show_spinner=False)
def _cards(stamps: tuple) -> list[Card]:
    del stamps  # part of the key
    return sorted(list_cards(), key=lambda c: (c.synthetic, c.name not in PREFERRED[c.synthetic], c.name))


@st.cache_data(max_entries=32, show_spinner=False)
def _report(folder: str, stamp: int) -> "EvaluationReport | None":
    from core.evaluation.evaluation_report import load_report

    del stamp
    return load_report(Path(folder))


def report(name: str) -> "EvaluationReport | None":
    """report.json of a checkpoint, or None.

    Raises
    ------
    DataError
        If it is not valid.
    """
    path = checkpoints_folder() / name / "report.json"
    return _report(str(path.parent), path.stat().st_mtime_ns) if path.is_file() else None


@st.cache_resource(max_entries=16, show_spinner=False)
def _scores(name: str, weights_sha256: str, stamp: int, split: str, temperature: float | None, _card: Card) -> "ClassPredictions":
    from core.evaluation.predictions import predictions_of

    del weights_sha256, stamp  # parts of the key
    return predictions_of(checkpoints_folder() / name, _card, split, temperature)


def scores(card: Card, split: str, temperature: float | None = None) -> "ClassPredictions":
    """A `core.evaluation.predictions.ClassPredictions` of saved predictions, by the card's temperature unless another is given."""
    path = checkpoints_folder() / card.name / "predictions.csv"
    return _scores(card.name, card.weights.sha256, path.stat().st_mtime_ns if path.is_file() else 0, split, temperature, card)


def band(card: Card, score: float) -> int | None:
    """Band 1 to 10 of a score among the card's validation images (`core.evaluation.metrics.operating_point.band`); None without their predictions."""
    from core.evaluation.metrics.operating_point import band as among  # late: it brings pandas

    try:
        return among(scores(card, "validation"), score)
    except SecondReaderError:
        return None


@st.cache_resource(max_entries=32, show_spinner=False)
def _reliability(name: str, weights_sha256: str, stamp: int, temperature: float | None, _card: Card) -> "Reliability":
    from core.evaluation.metrics.reliability import reliability as measure

    del name, weights_sha256, stamp  # parts of the key
    return measure(scores(_card, "test", temperature))


def reliability(card: Card, temperature: float | None = None) -> "Reliability":
    """A `core.evaluation.metrics.reliability.Reliability` of the saved test predictions, by the card's temperature unless another is given."""
    path = checkpoints_folder() / card.name / "predictions.csv"
    return _reliability(card.name, card.weights.sha256, path.stat().st_mtime_ns if path.is_file() else 0, temperature, card)


@st.cache_data(max_entries=16, show_spinner="Comparing on the common images")
def _compared(first: str, second: str, stamps: tuple) -> "Comparison":
    from core.evaluation.compare import compare

    del stamps
    return compare(first, second)


def compared(first: str, second: str) -> "Comparison":
    """What `core.evaluation.compare.compare` says of two checkpoints."""
    files = [checkpoints_folder() / name / "predictions.csv" for name in (first, second)]
    return _compared(first, second, tuple(f.stat().st_mtime_ns if f.is_file() else 0 for f in files))


@st.cache_data(max_entries=16, show_spinner=False)
def _cases(name: str, weights_sha256: str, stamp: tuple, _card: Card):
    from core.evaluation.report_images import cases_of

    return cases_of(checkpoints_folder() / name, _card)


def cases(card: Card):
    """The test cases of a checkpoint as `core.evaluation.report_images.cases_of` gives them."""
    files = [checkpoints_folder() / card.name / name for name in ("predictions.csv", "sweep.csv")]
    return _cases(card.name, card.weights.sha256, tuple(f.stat().st_mtime_ns if f.is_file() else 0 for f in files), card)


@st.cache_data(max_entries=4, ttl=3600, show_spinner="Looking through the folder")
def index(folder: str) -> dict[str, Path]:
    """sha256 → path of the files under a folder that the user linked."""
    from core.evaluation.report_images import index as look

    return look(Path(folder))


def case_bytes(case: str, path: Path | None) -> bytes:
    """The file of a test case: from the linked folder, or drawn again."""
    from core.evaluation.report_images import phantom_bytes

    return path.read_bytes() if path else phantom_bytes(case)


def case_truth(case: str) -> tuple:
    """Outlines of what was planted in a phantom that is drawn again."""
    from core.evaluation.report_images import phantom_view
    from dashboard.images.outline import outlines

    return outlines(phantom_view(case))


@st.cache_data(max_entries=256, show_spinner=False)
def _case_image(sha256: str, case: str, found: bool, weights_sha256: str | None, _path: Path | None, _card: Card | None) -> bytes | None:
    from core.scans import read_scan

    try:
        scan = read_scan(case_bytes(case, _path))
        image = shrink(scan.display(), 260)
        if _card is None:
            return jpeg(grey(image))
        heat = predictions.predictor(_card).explain(scan)
        return jpeg(overlaid(image, heat.relative()))
    except (SecondReaderError, OSError):
        return None


def case_image(sha256: str, case: str, path: Path | None, card: Card | None = None) -> bytes | None:
    """A JPEG of a test case for the gallery, with the heatmap of `card` where given; None where there is no image of it."""
    if not (path or case):
        return None
    return _case_image(sha256, case, path is not None, card.weights.sha256 if card else None, path, card)


def rules(card: Card) -> dict[str, float]:
    """Thresholds that rules would choose on the validation part."""
    from core.evaluation.metrics.operating_point import chosen_on

    return chosen_on(scores(card, "validation"))


def protocols() -> dict[str, dict]:
    """Every leaky.json of which both sides are done, by what was compared: your own in the runs folder, newest first, then the shipped ones."""
    found = {}
    own = sorted(runs_folder().glob("**/leaky.json"), key=lambda p: p.stat().st_mtime_ns)
    for path in (*own[::-1], *sorted(checkpoints_folder().glob("*/leaky.json"))):
        report = read_json(path)
        if {"leaky", "honest"} <= set(report):
            recipe = report["recipe"]
            found.setdefault(f"{recipe['architecture']}, {report['copies']} copies, {recipe['epochs']} epochs", report)
    return found


@st.cache_resource(max_entries=2, show_spinner="Loading the model of notes")
def _note_model(folder: str, stamp: int):
    from core.notes.model import NoteModel

    del stamp
    return NoteModel.load(Path(folder))


def note_model():
    """The shipped model of notes.

    Raises
    ------
    CheckpointError
        If it is not there or not whole.
    """
    from core.notes.model import CARD, SHIPPED

    folder = checkpoints_folder() / SHIPPED
    return _note_model(str(folder), (folder / CARD).stat().st_mtime_ns if (folder / CARD).is_file() else 0)


@st.cache_data(max_entries=16, show_spinner=False)
def _fusion(folder: str, stamp: int, weights_sha256: str, trees_sha256: str, _card: Card, _note_card):
    from core.notes.fusion import read_fusion

    del stamp, weights_sha256, trees_sha256  # parts of the key
    return read_fusion(Path(folder), _card, _note_card)


def fusion(card: Card, note_card):
    """How this checkpoint's score and the notes' become one; a `core.notes.fusion.Fusion`.

    Raises
    ------
    CheckpointError
        If that was never fitted, or for other versions of the two.
    """
    path = checkpoints_folder() / card.name / "fusion.json"
    stamp = path.stat().st_mtime_ns if path.is_file() else 0
    return _fusion(str(path.parent), stamp, card.weights.sha256, note_card.trees_sha256, card, note_card)


def resolution(card: Card) -> "ResolutionReport | None":
    """resolution.json of a checkpoint, or None."""
    from core.evaluation.resolution_report import load_resolution

    return load_resolution(checkpoints_folder() / card.name, card)


def beside(card: Card, name: str) -> dict | None:
    """A file of figures beside a card, such as fusion.json; None where there is none, or it is of other weights."""
    path = checkpoints_folder() / card.name / name
    found = read_json(path) if path.is_file() else {}
    return found if found.get("weights_sha256") == card.weights.sha256 else None


@st.cache_resource(max_entries=1, show_spinner=False)
def _warm_up_once() -> None:
    def load() -> None:
        for name in (
            "core.scans.dicom",
            "core.datasets.phantom",
            "dashboard.read.page",
            "core.inference.predictor",
            "core.inference.gradcam",
        ):
            import_module(name)

    timer = threading.Timer(WARM_UP_AFTER, load)
    timer.daemon = True
    timer.start()


def warm_up() -> None:
    """Import torch and the rest in the background, once, after the first page is up; it takes seconds, and an empty page needs none."""
    _warm_up_once()
