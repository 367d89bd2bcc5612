"""One view under several filters: each with its image, its prediction, and the effect of the filter on the image."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from core.imaging.filters import FILTERS, KERNELS, PRESETS
from core.imaging.similarity import Filtered, Similarity
from core.inference.saliency import Saliency
from dashboard import phrases
from dashboard.cache import predictions
from dashboard.cache.keys import Chosen
from dashboard.phrases import filters as text
from dashboard.session import ai_result
from dashboard.session.worklist import Case

if TYPE_CHECKING:
    from core.inference.prediction import Prediction  # with it comes torch, which an empty page does not need


@dataclass(frozen=True, eq=False)
class Variant:
    """A view after one filter, identified by `name`.

    Attributes
    ----------
    kernel : ndarray, float32 (3, 3), or None
        None where the filter is no convolution.
    trained : bool
        Whether the model was trained with this filter.
    prediction, maps
        None and empty while the read is open: then nothing of the model was computed.
    """

    name: str
    title: str
    filtered: Filtered
    kernel: np.ndarray | None
    trained: bool
    prediction: Prediction | None = None
    maps: dict[str, Saliency] = field(default_factory=dict)


def of_filters(case: Case, chosen: Chosen, *, read: bool) -> list[Variant]:
    """The view under each of the compared filters, the original first; predicted on only where its exam was `read`.

    Raises
    ------
    SecondReaderError
        If the checkpoint may not or cannot read it.
    """
    found = []
    for name in FILTERS:
        done = predictions.filtered(case.scan, chosen.card, name)
        kernel = PRESETS["identity"] if name == "none" else KERNELS.get(name)
        variant = Variant(name, phrases.FILTERS[name], done, kernel, name == chosen.card.input.filter)
        found.append(_explained(variant, ai_result.explained(case, chosen, name)) if read else variant)
    return found


def of_kernel(case: Case, chosen: Chosen, kernel: np.ndarray, *, read: bool) -> Variant:
    """The view under a custom kernel, float32 (3, 3).

    Raises
    ------
    SecondReaderError
        As `of_filters`.
    """
    entries = tuple(float(x) for x in kernel.ravel())
    name = ",".join(f"{x:.9g}" for x in entries)
    variant = Variant(name, text.CUSTOM_TITLE, predictions.filtered(case.scan, chosen.card, entries), kernel, False)
    return _explained(variant, ai_result.under_kernel(case, chosen, entries)) if read else variant


def _explained(variant: Variant, found: tuple[Prediction, dict[str, Saliency]]) -> Variant:
    return replace(variant, prediction=found[0], maps=found[1])


def table(variants: list[Variant], label: str, contrasts: dict[str, float | None] | None = None) -> pd.DataFrame:
    """A row a variant; scores where it was predicted on. `contrasts`: title → CNR, where the place of a lesion is known."""
    base = next((v.prediction.score for v in variants if v.trained and v.prediction), None)
    rows = []
    for v in variants:
        row: dict[str, str | float | None] = {"filter": v.title, "training filter": text.YES if v.trained else text.NO}
        if v.prediction is not None and base is not None:
            row |= {"score": v.prediction.score, "shift": v.prediction.score - base, "decision": v.prediction.decision}
            row |= {"heatmap peak (raw)": v.maps[label].peak, "prediction ms": v.prediction.milliseconds}
        similarity = v.filtered.similarity
        row |= {"SSIM": similarity.ssim, "PSNR": psnr(similarity), "filter ms": v.filtered.milliseconds}
        if contrasts is not None:
            row["CNR"] = contrasts[v.title]
        rows.append(row)
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
            "score": st.column_config.NumberColumn(format="%.3f"),
            "shift": st.column_config.NumberColumn("shift", format="%+.3f", help=text.SHIFT_HELP),
            "heatmap peak (raw)": st.column_config.NumberColumn(format="%.3g", help=text.PEAK_HELP.format(label=label)),
            "SSIM": st.column_config.NumberColumn(format="%.3f", help=text.SSIM_HELP),
            "PSNR": st.column_config.TextColumn(help=text.PSNR_HELP),
            "filter ms": st.column_config.NumberColumn(format="%.2f", help=text.FILTER_MS_HELP),
            "prediction ms": st.column_config.NumberColumn(format="%.0f", help=text.PREDICTION_MS_HELP),
            "CNR": st.column_config.NumberColumn(format="%.2f", help=text.CNR_HELP),
        },
    )
