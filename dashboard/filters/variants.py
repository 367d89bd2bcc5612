"""One view under several filters: each with its image, its prediction, and the effect of the filter on the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from core.imaging.filters import FILTERS
from core.imaging.similarity import Filtered, Similarity
from core.inference.saliency import Saliency
from dashboard import phrases
from dashboard.cache import predictions
from dashboard.cache.keys import Chosen
from dashboard.phrases import filters as text
from dashboard.session.worklist import Case

if TYPE_CHECKING:
    from core.inference.prediction import Prediction  # with it comes torch, which an empty page does not need


@dataclass(frozen=True, eq=False)
class Variant:
    """A view after one filter, identified by `name`. `trained`: the model was trained with it."""

    name: str
    title: str
    filtered: Filtered
    prediction: Prediction
    maps: dict[str, Saliency]
    trained: bool


def of_filters(case: Case, chosen: Chosen) -> list[Variant]:
    """The view under each of the five compared filters.

    Raises
    ------
    SecondReaderError
        If the checkpoint may not or cannot read it.
    """
    found = []
    for name in FILTERS:
        prediction, maps = predictions.prediction(case.scan, chosen, name)
        done = predictions.filtered(case.scan, chosen.card, name)
        found.append(Variant(name, phrases.FILTERS.get(name, name), done, prediction, maps, name == chosen.card.input.filter))
    return found


def of_kernel(case: Case, chosen: Chosen, kernel: np.ndarray) -> Variant:
    """The view under a custom kernel, float32 (3, 3).

    Raises
    ------
    SecondReaderError
        As `of_filters`.
    """
    entries = tuple(float(x) for x in kernel.ravel())
    prediction, maps = predictions.kernel_prediction(case.scan, chosen, entries)
    name = ",".join(f"{x:.9g}" for x in entries)
    return Variant(name, text.CUSTOM_TITLE, predictions.filtered(case.scan, chosen.card, entries), prediction, maps, False)


def table(variants: list[Variant], label: str, contrasts: dict[str, float | None] | None = None) -> pd.DataFrame:
    """A row a variant; `contrasts` is title → contrast-to-noise ratio, where the lesion's place is known."""
    base = next(v.prediction.score for v in variants if v.trained)
    rows = []
    for v in variants:
        row = {
            "filter": v.title,
            "score": v.prediction.score,
            "shift": v.prediction.score - base,
            "decision": v.prediction.decision,
            "heatmap peak (raw)": v.maps[label].peak,
            "SSIM": v.filtered.similarity.ssim,
            "PSNR": psnr(v.filtered.similarity),
            "filter ms": v.filtered.milliseconds,
            "prediction ms": v.prediction.milliseconds,
        }
        if contrasts is not None:
            row["CNR"] = contrasts[v.title]
        rows.append(row | {"training filter": text.TRAINED if v.trained else text.NOT_TRAINED})
    return pd.DataFrame(rows)


def psnr(found: Similarity) -> str:
    """PSNR in dB; identical images have none."""
    return "undefined: identical" if found.psnr is None else f"{found.psnr:.1f} dB"


def show(rows: pd.DataFrame, label: str) -> None:
    """Draw the table; `label` is the class of its heatmaps."""
    st.dataframe(
        rows,
        hide_index=True,
        height="content",
        column_config={
            "score": st.column_config.ProgressColumn("score", min_value=0, max_value=1, format="%.3f"),
            "shift": st.column_config.NumberColumn("shift", format="%+.3f", help=text.SHIFT_HELP),
            "heatmap peak (raw)": st.column_config.NumberColumn(format="%.3g", help=text.PEAK_HELP.format(label=label)),
            "SSIM": st.column_config.NumberColumn(format="%.3f", help=text.SSIM_HELP),
            "PSNR": st.column_config.TextColumn(help=text.PSNR_HELP),
            "filter ms": st.column_config.NumberColumn(format="%.2f", help=text.FILTER_MS_HELP),
            "prediction ms": st.column_config.NumberColumn(format="%.0f", help=text.PREDICTION_MS_HELP),
            "CNR": st.column_config.NumberColumn(format="%.2f", help=text.CNR_HELP),
        },
    )
