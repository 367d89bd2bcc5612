"""The only caches. Every one is bounded, and keyed by the sha256 of the bytes and the checkpoint."""

import ctypes
import gc
import os
import threading
import tomllib
import weakref
from contextlib import suppress
from functools import partial
from importlib import import_module
from inspect import signature
from pathlib import Path

import streamlit as st

from core.files import read_json
from core.imaging.filters import FilterName
from core.models.card import Card, checkpoints_folder, list_cards
from core.reading.saliency import Saliency
from core.scans import Scan
from dashboard.pictures.render import HEAT, data_uri, grey, heat_png, jpeg, overlaid, shrink
from dashboard.pixels import Ledger

_READERS = weakref.WeakSet()  # those in memory, so that they can forget the last scan
WARM_UP_AFTER = 1.0  # seconds; imports hold the interpreter's lock, and the first page shall reach the browser before that
# Looks only; no data goes in here.
STYLE = """<style>
[data-testid="stHeader"] { height: 2.7rem; min-height: 2.7rem; }
.stMainBlockContainer { padding: 3.1rem 1.4rem 1rem; }
[data-testid="stSidebarHeader"] { height: 2.4rem; }
.st-key-film_box { height: max(480px, calc(100vh - 4rem)) !important; flex: none !important; }
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
    return sorted(list_cards(), key=lambda c: (c.synthetic, c.name))


@st.cache_data(max_entries=32, show_spinner=False)
def _report(folder: str, stamp: int) -> dict:
    from core.evaluation.report import LATER

    del stamp
    return LATER | read_json(Path(folder) / "report.json")


def report(name: str) -> dict | None:
    """report.json of a checkpoint, or None."""
    path = checkpoints_folder() / name / "report.json"
    return _report(str(path.parent), path.stat().st_mtime_ns) if path.is_file() else None


@st.cache_resource(max_entries=16, show_spinner=False)
def _scores(name: str, weights_sha256: str, stamp: int, split: str, temperature: float | None, _card: Card):
    from core.evaluation.operating import scores_of

    del weights_sha256, stamp  # parts of the key
    return scores_of(checkpoints_folder() / name, _card, split, temperature)


def scores(card: Card, split: str, temperature: float | None = None):
    """A `core.evaluation.operating.Scores` of saved predictions, by the card's temperature unless another is given."""
    path = checkpoints_folder() / card.name / "predictions.csv"
    return _scores(card.name, card.weights.sha256, path.stat().st_mtime_ns if path.is_file() else 0, split, temperature, card)


@st.cache_resource(max_entries=32, show_spinner=False)
def _reliability(name: str, weights_sha256: str, stamp: int, temperature: float | None, _card: Card):
    from core.evaluation.calibrated import reliability as measure

    del name, weights_sha256, stamp  # parts of the key
    return measure(scores(_card, "test", temperature))


def reliability(card: Card, temperature: float | None = None):
    """A `core.evaluation.calibrated.Reliability` of the saved test predictions, by the card's temperature unless another is given."""
    path = checkpoints_folder() / card.name / "predictions.csv"
    return _reliability(card.name, card.weights.sha256, path.stat().st_mtime_ns if path.is_file() else 0, temperature, card)


@st.cache_data(max_entries=16, show_spinner="Comparing on the common images")
def _compared(first: str, second: str, stamps: tuple) -> dict:
    from core.evaluation.compare import compare

    del stamps
    return compare(first, second)


def compared(first: str, second: str) -> dict:
    """What `core.evaluation.compare.compare` says of two checkpoints."""
    files = [checkpoints_folder() / name / "predictions.csv" for name in (first, second)]
    return _compared(first, second, tuple(f.stat().st_mtime_ns if f.is_file() else 0 for f in files))


@st.cache_data(max_entries=16, show_spinner=False)
def _cases(name: str, weights_sha256: str, stamp: tuple, _card: Card):
    from core.evaluation.cases import cases_of

    return cases_of(checkpoints_folder() / name, _card)


def cases(card: Card):
    """The test cases of a checkpoint as `core.evaluation.cases.cases_of` gives them."""
    files = [checkpoints_folder() / card.name / name for name in ("predictions.csv", "sweep.csv")]
    return _cases(card.name, card.weights.sha256, tuple(f.stat().st_mtime_ns if f.is_file() else 0 for f in files), card)


@st.cache_data(max_entries=4, ttl=3600, show_spinner="Looking through the folder")
def index(folder: str) -> dict[str, Path]:
    """sha256 → path of the files under a folder that the user linked."""
    from core.evaluation.cases import index as look

    return look(Path(folder))


def case_bytes(case: str, path: Path | None) -> bytes:
    """The file of a test case: from the linked folder, or drawn again."""
    from core.evaluation.cases import phantom_bytes

    return path.read_bytes() if path else phantom_bytes(case)


def case_truth(case: str) -> tuple:
    """Outlines of what was planted in a phantom that is drawn again."""
    from core.evaluation.cases import phantom_view
    from dashboard.pictures.outline import outlines

    return outlines(phantom_view(case))


@st.cache_data(max_entries=256, show_spinner=False)
def _case_picture(sha256: str, case: str, found: bool, weights_sha256: str | None, _path: Path | None, _card: Card | None) -> bytes | None:
    from core.errors import SecondReaderError
    from core.scans import read_scan

    try:
        scan = read_scan(case_bytes(case, _path))
        picture = shrink(scan.display(), 260)
        if _card is None:
            return jpeg(grey(picture))
        heat = reader(_card).explain(scan)
        return jpeg(overlaid(picture, heat.relative()))
    except (SecondReaderError, OSError):
        return None


def case_picture(sha256: str, case: str, path: Path | None, card: Card | None = None) -> bytes | None:
    """A JPEG of a test case for the gallery, with the heatmap of `card` where given; None where there is no picture of it."""
    if not (path or case):
        return None
    return _case_picture(sha256, case, path is not None, card.weights.sha256 if card else None, path, card)


def rules(card: Card) -> dict[str, float]:
    """Thresholds that rules would choose on the validation part."""
    from core.evaluation.operating import chosen_on

    return chosen_on(scores(card, "validation"))


def runs() -> dict[str, Path]:
    """Folders with a history.csv, newest first: those under runs/ of the current folder, then the checkpoints."""
    folders = [p.parent for p in Path("runs").glob("**/history.csv")]
    folders.sort(key=lambda p: (p / "history.csv").stat().st_mtime_ns, reverse=True)
    shipped = sorted(p.parent for p in checkpoints_folder().glob("*/history.csv"))
    return {p.as_posix(): p for p in folders} | {f"checkpoints/{p.name}": p for p in shipped}


def run_history(folder: Path):
    """history.csv of a run as a DataFrame; None while its first epoch lasts."""
    import pandas as pd

    try:
        table = pd.read_csv(folder / "history.csv")
    except (OSError, ValueError):
        return None  # not there yet, or caught in the middle of a line
    return table if len(table) else None


def run_recipe(folder: Path) -> dict:
    """A run's recipe, tables flattened to dotted keys; empty where it cannot be read."""
    try:
        table = tomllib.loads((folder / "recipe.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    flat = {k: v for k, v in table.items() if not isinstance(v, dict)}
    return flat | {f"{k}.{inner}": v for k, t in table.items() if isinstance(t, dict) for inner, v in t.items()}


def data_folders() -> list[str]:
    """Folders below SECOND_READER_DATA that hold pictures of a known layout."""
    from core.datasets.sources import ADAPTERS

    root = Path(os.environ.get("SECOND_READER_DATA") or ".")
    below = sorted(p for p in root.iterdir() if p.is_dir()) if os.environ.get("SECOND_READER_DATA") and root.is_dir() else []
    return [p.as_posix() for p in below if any(a.recognises(p) for a in ADAPTERS)]


@st.cache_resource(max_entries=4, ttl=3600, show_spinner="Looking through the folder")
def dataset(folder: str, space: str | None):
    """(Manifest, DataCard) of a folder."""
    from core.datasets.data_card import DataCard
    from core.datasets.sources import open_folder
    from core.labels import SPACES

    manifest = open_folder(Path(folder).expanduser(), SPACES.get(space))
    return manifest, DataCard.of(manifest)


@st.cache_data(max_entries=4, show_spinner=False)
def _audited(manifest_sha256: str, root: str, _manifest, _progress):
    from core.datasets.audit import audit

    return audit(_manifest, progress=_progress)


def audited(manifest, progress):
    """What `core.datasets.audit.audit` finds."""
    return _audited(manifest.sha256, str(manifest.root), manifest, progress)


@st.cache_data(max_entries=256, show_spinner=False)
def _item_picture(path: str, stamp: int) -> bytes | None:
    from core.errors import SecondReaderError
    from core.scans import read_scan

    try:
        return jpeg(shrink(grey(read_scan(Path(path).read_bytes()).display()), 260))
    except (SecondReaderError, OSError):
        return None


def item_picture(manifest, item) -> bytes | None:
    """A JPEG of a manifest's item for the gallery; None where it cannot be read."""
    path = manifest.root / item.path
    return _item_picture(str(path), path.stat().st_mtime_ns if path.is_file() else 0)


def recipes() -> list[str]:
    """Names of the shipped recipes."""
    from core.training.recipe import shipped_recipes

    return shipped_recipes()


@st.cache_data(max_entries=16, show_spinner="Changing the picture")
def _augmented(path: str, stamp: int, recipe_name: str, seed: int, count: int) -> tuple[list[bytes], tuple[int, int]]:
    import numpy as np

    from core.scans import read_scan
    from core.training.augment import augment
    from core.training.recipe import load_recipe

    recipe = load_recipe(recipe_name)
    grid = recipe.input.grid(read_scan(Path(path).read_bytes(), Path(path).name))[0]
    changed = (augment(grid, recipe.augment, np.random.default_rng((seed, n))) for n in range(count))
    return [jpeg(shrink(grey(x), 320)) for x in (grid.astype(np.float32) / 65535, *changed)], recipe.input.size


def augmented(manifest, item, recipe_name: str, seed: int, count: int) -> tuple[list[bytes], tuple[int, int]]:
    """JPEGs of an item's grid, unaltered and with `count` random changes of a recipe, and the grid's rows and columns."""
    path = manifest.root / item.path
    return _augmented(str(path), path.stat().st_mtime_ns, recipe_name, seed, count)


def protocols() -> dict | None:
    """The newest leaky.json: one of your own under runs/, else the shipped one; None where there is none."""
    own = sorted(Path("runs").glob("**/leaky.json"), key=lambda p: p.stat().st_mtime_ns)
    for path in (*own[::-1], *sorted(checkpoints_folder().glob("*/leaky.json"))):
        report = read_json(path)
        if {"leaky", "honest"} <= set(report):  # both sides are done
            return report
    return None


@st.cache_resource(max_entries=3, show_spinner="Loading the model")
def _reader(name: str, weights_sha256: str, any_domain: bool):
    del weights_sha256  # part of the key: a replaced checkpoint is loaded anew
    from core.reading import Reader

    reader = Reader.load(name, any_domain=any_domain)
    _READERS.add(reader)
    gc.collect()
    gc.freeze()  # the model's objects need no more looking at; later collections become cheap
    return reader


def reader(card: Card, any_domain: bool = False):
    """The Reader of a card, shared by all sessions; it locks itself."""
    return _reader(card.name, card.weights.sha256, any_domain)


@st.cache_data(max_entries=96, show_spinner="Reading the picture")
def _reading(scan_sha256: str, checkpoint: str, weights_sha256: str, filter_name: str, any_domain: bool, _scan: Scan, _card: Card):
    spec = _card.input.with_filter(filter_name)
    return reader(_card, any_domain).read_and_explain(_scan, input=spec)


def reading(scan: Scan, card: Card, filter_name: FilterName | None = None, any_domain: bool = False):
    """(Reading, label → Saliency) of a scan; the filter is the card's unless named."""
    name = filter_name or card.input.filter
    return _reading(scan.sha256, card.name, card.weights.sha256, name, any_domain, scan, card)


@st.cache_data(max_entries=24, show_spinner=False)
def _unfiltered(scan_sha256: str, checkpoint: str, weights_sha256: str, _scan: Scan, _card: Card):
    grid, geometry = _card.input.grid(_scan)
    return grid.astype("float32") / 65535, geometry


def unfiltered(scan: Scan, card: Card):
    """(grid, Geometry): a scan on a model's grid before any filter, float32 (rows, columns) in [0, 1]."""
    return _unfiltered(scan.sha256, card.name, card.weights.sha256, scan, card)


@st.cache_data(max_entries=48, show_spinner=False)
def _filtered(scan_sha256: str, checkpoint: str, weights_sha256: str, change: str | tuple[float, ...], _scan: Scan, _card: Card):
    from core.imaging.filters import apply_filter, apply_kernel
    from core.imaging.likeness import filtered

    grid, geometry = unfiltered(_scan, _card)
    of = partial(apply_filter, name=change) if isinstance(change, str) else partial(apply_kernel, kernel=_square(change))
    return filtered(grid, geometry.placed, of)


def filtered(scan: Scan, card: Card, change: FilterName | tuple[float, ...]):
    """A `core.imaging.likeness.Filtered` of a scan, by a filter's name or by the nine numbers of a kernel, row by row."""
    return _filtered(scan.sha256, card.name, card.weights.sha256, change, scan, card)


@st.cache_data(max_entries=48, show_spinner="Reading the picture")
def _kernel_reading(
    scan_sha256: str, checkpoint: str, weights_sha256: str, kernel: tuple[float, ...], any_domain: bool, _scan: Scan, _card: Card
):
    from core.imaging.filters import apply_kernel

    return reader(_card, any_domain).read_grid(_scan, partial(apply_kernel, kernel=_square(kernel)))


def kernel_reading(scan: Scan, card: Card, kernel: tuple[float, ...], any_domain: bool = False):
    """(Reading, label → Saliency) of a scan under a kernel of one's own, its nine numbers row by row."""
    return _kernel_reading(scan.sha256, card.name, card.weights.sha256, kernel, any_domain, scan, card)


def _square(kernel: tuple[float, ...]):
    import numpy as np

    return np.reshape(np.asarray(kernel, np.float32), (3, 3))


@st.cache_data(max_entries=48, show_spinner=False)
def _curves(scan_sha256: str, checkpoint: str, weights_sha256: str, any_domain: bool, _scan: Scan, _card: Card, _progress):
    from core.reading.parameters import curves

    return curves(reader(_card, any_domain), _scan, progress=_progress)


def curves(scan: Scan, card: Card, any_domain: bool = False, progress=None):
    """What `core.reading.parameters.curves` finds for all parameters."""
    return _curves(scan.sha256, card.name, card.weights.sha256, any_domain, scan, card, progress)


@st.cache_data(max_entries=24, show_spinner="Following the picture to the network")
def _steps(scan_sha256: str, checkpoint: str, weights_sha256: str, _scan: Scan, _card: Card):
    from core.imaging.steps import steps

    return steps(_scan, _card.input)


def steps(scan: Scan, card: Card):
    """The `core.imaging.steps.Step`s from stored values to the tensor of a checkpoint; no model is asked."""
    return _steps(scan.sha256, card.name, card.weights.sha256, scan, card)


@st.cache_data(max_entries=32, show_spinner="Comparing both sides")
def _asymmetry(scan_sha256: str, right_sha256: str, named: tuple, _left: Scan, _right: Scan):
    from core.imaging.asymmetry import asymmetry

    return asymmetry(_left, _right)


def asymmetry_of(left: Scan, right: Scan):
    """The `core.imaging.asymmetry.Asymmetry` of both sides of one view.

    Raises
    ------
    ScanError
        If no breast is found in one of them.
    """
    return _asymmetry(left.sha256, right.sha256, (left.label, right.label), left, right)


@st.cache_data(max_entries=96, show_spinner="Scoring the picture again under small changes")
def _doubt(scan_sha256: str, checkpoint: str, weights_sha256: str, any_domain: bool, _scan: Scan, _card: Card) -> tuple[str, ...]:
    from core.reading.doubt import causality, filters, spread

    model = reader(_card, any_domain)
    hot = causality(model, _scan, reading(_scan, _card, any_domain=any_domain)[1][_card.label_space.positive])
    return (
        spread(model, _scan).sentence,
        filters(model, _scan).sentence,
        hot.sentence if hot else "The heatmap has no peak, so there is no hot spot to test.",
    )


def doubt(scan: Scan, card: Card, any_domain: bool = False) -> tuple[str, ...]:
    """What `core.reading.doubt` finds, in sentences: the spread under small changes, the filters, and whether the hot spot is causal."""
    return _doubt(scan.sha256, card.name, card.weights.sha256, any_domain, scan, card)


@st.cache_resource(max_entries=8, show_spinner=False)
def _familiar(name: str, stamp: int):
    from core.reading.familiar import Familiar

    del stamp
    return Familiar.read(checkpoints_folder() / name)


@st.cache_data(max_entries=96, show_spinner="Looking for similar training pictures")
def _likeness(scan_sha256: str, checkpoint: str, weights_sha256: str, any_domain: bool, stamp: int, _scan: Scan, _card: Card):
    from core.reading.inside import embed

    known = _familiar(_card.name, stamp)
    if known is None:
        return None
    features = embed(reader(_card, any_domain), _card.input.prepare(_scan)[0][None])[0]
    return known.strange(features), known.sentence(features), known.nearest(features)


def likeness(scan: Scan, card: Card, any_domain: bool = False):
    """(whether it is unlike all training pictures, a sentence, the nearest of them), or None where the checkpoint tells nothing."""
    path = checkpoints_folder() / card.name / "familiar.npz"
    stamp = path.stat().st_mtime_ns if path.is_file() else 0
    return _likeness(scan.sha256, card.name, card.weights.sha256, any_domain, stamp, scan, card)


@st.cache_data(max_entries=64, show_spinner=False)
def _picture(scan_sha256: str, window: int, invert: bool, _scan: Scan) -> str:
    return data_uri(jpeg(grey(shrink(_scan.display(window)), invert)), "jpeg")


def picture(scan: Scan, window: int, invert: bool) -> str:
    """A scan at the size of a screen, as a data: address."""
    return _picture(scan.sha256, window, invert, scan)


@st.cache_data(max_entries=64, show_spinner=False)
def _heat(scan_sha256: str, checkpoint: str, label: str, peak: float, scale: float, _saliency: Saliency) -> str:
    return data_uri(heat_png(shrink(_saliency.relative(scale), HEAT)), "png")


def heat(saliency: Saliency, scale: float | None = None) -> str:
    """A heatmap over `scale`, its own peak unless given, in scan geometry, as a data: address."""
    scale = saliency.peak if scale is None else scale
    return _heat(saliency.scan_sha256, saliency.checkpoint, saliency.label, saliency.peak, scale, saliency)


@st.cache_resource(max_entries=1, scope="session", on_release=Ledger.end, show_spinner=False)
def pixel_ledger() -> Ledger:
    """This session's addresses of pixels; withdrawn when the session ends."""
    return Ledger()


def forget_scans() -> None:
    """Empty every cache that is keyed by an opened scan, for all sessions, and what the models hold of the last one.

    Streamlit can drop one entry only where all parts of its key are named; what is still open is computed again.
    """
    for cached in [f for f in globals().values() if callable(f) and hasattr(f, "clear") and "scan_sha256" in signature(f).parameters]:
        cached.clear()
    for model in list(_READERS):
        model.forget()
    gc.collect()
    with suppress(OSError, AttributeError):  # glibc alone knows it
        ctypes.CDLL(None).malloc_trim(0)  # freed memory is not zeroed; given back to the system it is


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


def beside(card: Card, name: str) -> dict | None:
    """A file of figures beside a card, such as fusion.json; None where there is none, or it is of other weights."""
    path = checkpoints_folder() / card.name / name
    found = read_json(path) if path.is_file() else {}
    return found if found.get("weights_sha256") == card.weights.sha256 else None


@st.cache_resource(max_entries=1, show_spinner=False)
def _warm_up_once() -> None:
    def load() -> None:
        for name in ("core.scans.dicom", "core.datasets.phantom", "dashboard.reading", "core.reading.reader", "core.reading.gradcam"):
            import_module(name)

    timer = threading.Timer(WARM_UP_AFTER, load)
    timer.daemon = True
    timer.start()


def warm_up() -> None:
    """Import torch and the rest in the background, once, after the first page is up; it takes seconds, and an empty page needs none."""
    _warm_up_once()
