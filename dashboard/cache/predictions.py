"""What models say of opened scans, and how a scan is prepared for them. Bounded; `forget_scans` empties every cache of it."""

from __future__ import annotations

import ctypes
import gc
import weakref
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.errors import ScanError
from core.folders import checkpoints_folder
from core.imaging.filters import FilterName
from core.imaging.hanging import Hanging
from core.inference.evidence import Evidence
from core.inference.saliency import Saliency
from core.models.card import Card
from core.scans import Scan
from dashboard.cache import samples
from dashboard.cache.background import Key, worker
from dashboard.cache.keys import HASH_FUNCS, Chosen, card_key
from dashboard.images.render import HEAT, data_uri, grey, heat_png, jpeg, shrink

if TYPE_CHECKING:  # with them come torch and scipy, which an empty page does not need
    from core.imaging.asymmetry import Asymmetry
    from core.imaging.input import Geometry
    from core.imaging.preprocessing_steps import Step
    from core.imaging.similarity import Filtered
    from core.inference.out_of_distribution import Neighbour, TrainingNeighbours
    from core.inference.parameter_sweep import Curve
    from core.inference.prediction import Prediction
    from core.inference.predictor import Predictor

Explained = tuple["Prediction", dict[str, Saliency]]  # the heatmaps by label
Kernel = tuple[float, ...]  # nine numbers, row by row

_LOADED: weakref.WeakSet[Predictor] = weakref.WeakSet()  # in memory; each holds the features of its last scan


@st.cache_resource(max_entries=3, show_spinner=False, hash_funcs=HASH_FUNCS)
def predictor(chosen: Chosen) -> Predictor:
    """The Predictor of a model, shared by all sessions; it locks itself."""
    import scipy.stats  # noqa: F401  whole before torch: its import fails in one thread while another is half-way through torch

    from core.inference.predictor import Predictor

    found = Predictor.load(chosen.card.name, any_domain=chosen.any_domain)
    _LOADED.add(found)
    gc.collect()
    gc.freeze()  # the model's objects need no more looking at; later collections become cheap
    return found


@st.cache_data(max_entries=96, show_spinner=False, hash_funcs=HASH_FUNCS)
def _prediction(scan: Scan, chosen: Chosen, filter_name: FilterName) -> Explained:
    spec = chosen.card.input.with_filter(filter_name)
    found = samples.prediction(scan, chosen.card, spec) or predictor(chosen).predict_and_explain(scan, input=spec)
    _still_open(scan)
    return found


def _still_open(scan: Scan) -> None:
    """A view that was closed meanwhile is wiped: what was computed of it must not stay."""
    if not scan.values.any():
        raise ScanError("This view was closed while it was analysed.", "Open it again.")


def prediction(scan: Scan, chosen: Chosen, filter_name: FilterName | None = None) -> Explained:
    """Prediction and heatmaps by label of a scan; the filter is the model's own unless named."""
    return _prediction(scan, chosen, filter_name or chosen.card.input.filter)


def compute(scans: Iterable[Scan], chosen: Chosen) -> None:
    """Begin to compute what the page shows of scans in the background, in their order. By that nothing of it leaves the server."""
    worker.request({_job(scan, chosen): partial(_compute, scan, chosen) for scan in scans})


def _compute(scan: Scan, chosen: Chosen) -> None:
    prediction(scan, chosen)
    out_of_distribution(scan, chosen)


def out_of_distribution(scan: Scan, chosen: Chosen) -> bool:
    """Whether a scan is unlike the training images; False where that is not known."""
    if samples.prediction(scan, chosen.card, chosen.card.input) is not None:
        return False  # the shipped sample is shown without torch
    found = training_neighbours(scan, chosen)
    return found is not None and found[0]


def computed(scan: Scan, chosen: Chosen) -> bool:
    """Whether a scan was computed in the background, so that `prediction` and `out_of_distribution` answer at once."""
    return worker.finished(_job(scan, chosen))


def compute_stability(scan: Scan, chosen: Chosen) -> bool:
    """Begin to compute the stability of a score in the background; True once `stability` answers at once."""
    key = (*_job(scan, chosen), "stability")
    worker.request({key: partial(stability, scan, chosen)})
    return worker.finished(key)


def cancel(scan: Scan) -> None:
    """Compute nothing more of a scan: it is being closed."""
    worker.cancel(scan.display_key)


def _job(scan: Scan, chosen: Chosen) -> Key:
    return scan.display_key, scan.label, repr(card_key(chosen.card)), str(chosen.any_domain)


@st.cache_data(max_entries=24, show_spinner=False, hash_funcs=HASH_FUNCS)
def unfiltered(scan: Scan, card: Card) -> tuple[np.ndarray, Geometry]:
    """A scan on a model's grid before any filter, float32 (rows, columns) in [0, 1]."""
    grid, geometry = card.input.grid(scan)
    return grid.astype("float32") / 65535, geometry


@st.cache_data(max_entries=48, show_spinner=False, hash_funcs=HASH_FUNCS)
def filtered(scan: Scan, card: Card, change: FilterName | Kernel) -> Filtered:
    """A scan on a model's grid after a named filter or a kernel, timed and compared with what it was."""
    from core.imaging.filters import apply_filter
    from core.imaging.similarity import filtered as measure

    grid, geometry = unfiltered(scan, card)
    return measure(grid, geometry.placed, partial(apply_filter, name=change) if isinstance(change, str) else _convolve(change))


@st.cache_data(max_entries=48, show_spinner="Analysing the image", hash_funcs=HASH_FUNCS)
def kernel_prediction(scan: Scan, chosen: Chosen, kernel: Kernel) -> Explained:
    """Prediction and heatmaps by label of a scan under a custom kernel."""
    return predictor(chosen).predict_grid(scan, _convolve(kernel))


def _convolve(kernel: Kernel) -> Callable[[np.ndarray], np.ndarray]:
    from core.imaging.filters import apply_kernel

    return partial(apply_kernel, kernel=np.reshape(np.asarray(kernel, np.float32), (3, 3)))


@st.cache_data(max_entries=48, show_spinner=False, hash_funcs=HASH_FUNCS)
def curves(scan: Scan, chosen: Chosen, _progress: Callable[[int, int], None]) -> tuple[Curve, ...]:
    """The score along every parameter of the preprocessing (`core.inference.parameter_sweep.curves`)."""
    from core.inference.parameter_sweep import curves as measure

    return measure(predictor(chosen), scan, progress=_progress)


@st.cache_data(max_entries=24, show_spinner="Preparing the input", hash_funcs=HASH_FUNCS)
def steps(scan: Scan, card: Card) -> tuple[Step, ...]:
    """Each step from stored values to the tensor of a model; no model runs."""
    from core.imaging.preprocessing_steps import steps as follow

    return follow(scan, card.input)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=HASH_FUNCS)
def asymmetry(left: Scan, right: Scan) -> Asymmetry:
    """The left and the right breast of one view, registered, and their difference.

    Raises
    ------
    ScanError
        If no breast is found in one of them.
    """
    from core.imaging.asymmetry import asymmetry as compare

    return compare(left, right)


@st.cache_data(max_entries=96, show_spinner=False, hash_funcs=HASH_FUNCS)
def stability(scan: Scan, chosen: Chosen) -> tuple[str, ...]:
    """What `core.inference.stability` finds, in sentences: under perturbations, under each filter, with the hot spot occluded."""
    from core.inference.stability import filter_agreement, occlusion_test, perturbation_spread

    model = predictor(chosen)
    hot = occlusion_test(model, scan, prediction(scan, chosen)[1][chosen.card.label_space.positive])
    spread, filters = perturbation_spread(model, scan).sentence, filter_agreement(model, scan).sentence
    _still_open(scan)
    occluded = hot.sentence if hot else "The heatmap has no peak, so there is no hot spot to test."
    return spread, filters, occluded


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=HASH_FUNCS)
def _training_neighbours(card: Card) -> TrainingNeighbours | None:
    from core.inference.out_of_distribution import TrainingNeighbours

    return TrainingNeighbours.read(checkpoints_folder() / card.name)


@st.cache_data(max_entries=96, show_spinner=False, hash_funcs=HASH_FUNCS)
def training_neighbours(scan: Scan, chosen: Chosen) -> tuple[bool, str, list[Neighbour]] | None:
    """Whether a scan is out of distribution, a sentence on it, and the nearest training images; None where the model stores none."""
    from core.inference.features import embed

    known = _training_neighbours(chosen.card)
    if known is None:
        return None
    features = embed(predictor(chosen), chosen.card.input.prepare(scan)[0][None])[0]
    _still_open(scan)
    return known.is_out_of_distribution(features), known.sentence(features), known.nearest(features)


@st.cache_data(max_entries=96, show_spinner=False, hash_funcs=HASH_FUNCS)
def hanging(scan: Scan) -> Hanging:
    """Which way a scan is turned on screen, and where the breast is in it."""
    return Hanging.of(scan)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=HASH_FUNCS)
def image(scan: Scan) -> str:
    """A scan in its first window as it hangs, at the size of a screen, as a data: address."""
    return data_uri(jpeg(grey(hanging(scan).turn.apply(shrink(scan.display())))), "jpeg")


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=HASH_FUNCS)
def heat(scan: Scan, evidence: Evidence) -> str:
    """A heatmap over its scan as it hangs, as a data: address."""
    return data_uri(heat_png(hanging(scan).turn.apply(shrink(evidence.level(), HEAT))), "png")


SCAN_CACHES = (
    _prediction,
    unfiltered,
    filtered,
    kernel_prediction,
    curves,
    steps,
    asymmetry,
    stability,
    training_neighbours,
    hanging,
    image,
    heat,
)


def forget_scans() -> None:
    """Empty every cache of opened scans, for all sessions, and what the models hold of the last one.

    Streamlit can drop one entry only where all parts of its key are named; what is still open is computed again.
    """
    worker.forget()
    for cached in SCAN_CACHES:
        cached.clear()
    for model in list(_LOADED):
        model.forget()
    gc.collect()
    with suppress(OSError, AttributeError):  # glibc alone knows it
        ctypes.CDLL(None).malloc_trim(0)  # freed memory is not zeroed; given back to the system it is
