"""What checkpoints say of opened scans: caches bounded, and keyed by what the scan shows and the sha256 of the weights."""

import ctypes
import gc
import weakref
from contextlib import suppress
from functools import partial
from inspect import signature

import streamlit as st

from core.folders import checkpoints_folder
from core.imaging.filters import FilterName
from core.inference.saliency import Saliency
from core.models.card import Card
from core.scans import Scan
from dashboard.images.render import HEAT, data_uri, grey, heat_png, jpeg, shrink
from dashboard.pixels import Ledger

_READERS = weakref.WeakSet()  # those in memory, so that they can forget the last scan


@st.cache_resource(max_entries=3, show_spinner="Loading the model")
def _reader(name: str, weights_sha256: str, any_domain: bool):
    del weights_sha256  # part of the key: a replaced checkpoint is loaded anew
    from core.inference import Predictor

    predictor = Predictor.load(name, any_domain=any_domain)
    _READERS.add(predictor)
    gc.collect()
    gc.freeze()  # the model's objects need no more looking at; later collections become cheap
    return predictor


def predictor(card: Card, any_domain: bool = False):
    """The Predictor of a card, shared by all sessions; it locks itself."""
    return _reader(card.name, card.weights.sha256, any_domain)


@st.cache_data(max_entries=96, show_spinner="Reading the image")
def _reading(scan_sha256: str, checkpoint: str, weights_sha256: str, filter_name: str, any_domain: bool, _scan: Scan, _card: Card):
    spec = _card.input.with_filter(filter_name)
    return predictor(_card, any_domain).predict_and_explain(_scan, input=spec)


def prediction(scan: Scan, card: Card, filter_name: FilterName | None = None, any_domain: bool = False):
    """(Reading, label → Saliency) of a scan; the filter is the card's unless named."""
    name = filter_name or card.input.filter
    return _reading(scan.display_key, card.name, card.weights.sha256, name, any_domain, scan, card)


@st.cache_data(max_entries=24, show_spinner=False)
def _unfiltered(scan_sha256: str, checkpoint: str, weights_sha256: str, _scan: Scan, _card: Card):
    grid, geometry = _card.input.grid(_scan)
    return grid.astype("float32") / 65535, geometry


def unfiltered(scan: Scan, card: Card):
    """(grid, Geometry): a scan on a model's grid before any filter, float32 (rows, columns) in [0, 1]."""
    return _unfiltered(scan.display_key, card.name, card.weights.sha256, scan, card)


@st.cache_data(max_entries=48, show_spinner=False)
def _filtered(scan_sha256: str, checkpoint: str, weights_sha256: str, change: str | tuple[float, ...], _scan: Scan, _card: Card):
    from core.imaging.filters import apply_filter, apply_kernel
    from core.imaging.similarity import filtered

    grid, geometry = unfiltered(_scan, _card)
    of = partial(apply_filter, name=change) if isinstance(change, str) else partial(apply_kernel, kernel=_square(change))
    return filtered(grid, geometry.placed, of)


def filtered(scan: Scan, card: Card, change: FilterName | tuple[float, ...]):
    """A `core.imaging.similarity.Filtered` of a scan, by a filter's name or by the nine numbers of a kernel, row by row."""
    return _filtered(scan.display_key, card.name, card.weights.sha256, change, scan, card)


@st.cache_data(max_entries=48, show_spinner="Reading the image")
def _kernel_reading(
    scan_sha256: str, checkpoint: str, weights_sha256: str, kernel: tuple[float, ...], any_domain: bool, _scan: Scan, _card: Card
):
    from core.imaging.filters import apply_kernel

    return predictor(_card, any_domain).predict_grid(_scan, partial(apply_kernel, kernel=_square(kernel)))


def kernel_reading(scan: Scan, card: Card, kernel: tuple[float, ...], any_domain: bool = False):
    """(Reading, label → Saliency) of a scan under a kernel of one's own, its nine numbers row by row."""
    return _kernel_reading(scan.display_key, card.name, card.weights.sha256, kernel, any_domain, scan, card)


def _square(kernel: tuple[float, ...]):
    import numpy as np

    return np.reshape(np.asarray(kernel, np.float32), (3, 3))


@st.cache_data(max_entries=48, show_spinner=False)
def _curves(scan_sha256: str, checkpoint: str, weights_sha256: str, any_domain: bool, _scan: Scan, _card: Card, _progress):
    from core.inference.parameter_sweep import curves

    return curves(predictor(_card, any_domain), _scan, progress=_progress)


def curves(scan: Scan, card: Card, any_domain: bool = False, progress=None):
    """What `core.inference.parameter_sweep.curves` finds for all parameters."""
    return _curves(scan.display_key, card.name, card.weights.sha256, any_domain, scan, card, progress)


@st.cache_data(max_entries=24, show_spinner="Following the image to the network")
def _steps(scan_sha256: str, checkpoint: str, weights_sha256: str, _scan: Scan, _card: Card):
    from core.imaging.preprocessing_steps import steps

    return steps(_scan, _card.input)


def steps(scan: Scan, card: Card):
    """The `core.imaging.preprocessing_steps.Step`s from stored values to the tensor of a checkpoint; no model is asked."""
    return _steps(scan.display_key, card.name, card.weights.sha256, scan, card)


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
    return _asymmetry(left.display_key, right.display_key, (left.label, right.label), left, right)


@st.cache_data(max_entries=96, show_spinner="Scoring the image again under small changes")
def _doubt(scan_sha256: str, checkpoint: str, weights_sha256: str, any_domain: bool, _scan: Scan, _card: Card) -> tuple[str, ...]:
    from core.inference.stability import filter_agreement, occlusion_test, perturbation_spread

    model = predictor(_card, any_domain)
    hot = occlusion_test(model, _scan, prediction(_scan, _card, any_domain=any_domain)[1][_card.label_space.positive])
    return (
        perturbation_spread(model, _scan).sentence,
        filter_agreement(model, _scan).sentence,
        hot.sentence if hot else "The heatmap has no peak, so there is no hot spot to test.",
    )


def doubt(scan: Scan, card: Card, any_domain: bool = False) -> tuple[str, ...]:
    """What `core.inference.stability` finds, in sentences: under perturbations, under each filter, with the hot spot occluded."""
    return _doubt(scan.display_key, card.name, card.weights.sha256, any_domain, scan, card)


@st.cache_resource(max_entries=8, show_spinner=False)
def _training_neighbours(name: str, stamp: int):
    from core.inference.out_of_distribution import TrainingNeighbours

    del stamp
    return TrainingNeighbours.read(checkpoints_folder() / name)


@st.cache_data(max_entries=96, show_spinner="Looking for similar training images")
def _likeness(scan_sha256: str, checkpoint: str, weights_sha256: str, any_domain: bool, stamp: int, _scan: Scan, _card: Card):
    from core.inference.features import embed

    known = _training_neighbours(_card.name, stamp)
    if known is None:
        return None
    features = embed(predictor(_card, any_domain), _card.input.prepare(_scan)[0][None])[0]
    return known.is_out_of_distribution(features), known.sentence(features), known.nearest(features)


def likeness(scan: Scan, card: Card, any_domain: bool = False):
    """(whether it is unlike all training images, a sentence, the nearest of them), or None where the checkpoint tells nothing."""
    path = checkpoints_folder() / card.name / "out_of_distribution.npz"
    stamp = path.stat().st_mtime_ns if path.is_file() else 0
    return _likeness(scan.display_key, card.name, card.weights.sha256, any_domain, stamp, scan, card)


@st.cache_data(max_entries=64, show_spinner=False)
def _image(scan_sha256: str, window: int, invert: bool, _scan: Scan) -> str:
    return data_uri(jpeg(grey(shrink(_scan.display(window)), invert)), "jpeg")


def image(scan: Scan, window: int, invert: bool) -> str:
    """A scan at the size of a screen, as a data: address."""
    return _image(scan.display_key, window, invert, scan)


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
