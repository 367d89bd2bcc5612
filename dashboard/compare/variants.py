"""One view under several filters: each with its image, its reading, and what the filter did to the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.imaging.filters import FILTERS
from core.imaging.similarity import Filtered, Similarity
from core.inference.saliency import Saliency
from core.models.card import Card
from dashboard import phrases
from dashboard.cache import predictions
from dashboard.session.worklist import Case

if TYPE_CHECKING:
    from core.inference.prediction import Prediction  # with it comes torch, which an empty page needs not


@dataclass(frozen=True, eq=False)
class Variant:
    """A view after one filter, whose `name` tells one kernel from another. `trained`: the checkpoint was trained with it."""

    name: str
    title: str
    filtered: Filtered
    prediction: Prediction
    maps: dict[str, Saliency]
    trained: bool


def of_filters(case: Case, card: Card, any_domain: bool) -> list[Variant]:
    """The view under each of the five compared filters.

    Raises
    ------
    SecondReaderError
        If the checkpoint may not or cannot read it.
    """
    found = []
    for name in FILTERS:
        prediction, maps = predictions.prediction(case.scan, card, name, any_domain)
        done = predictions.filtered(case.scan, card, name)
        found.append(Variant(name, phrases.FILTERS.get(name, name), done, prediction, maps, name == card.input.filter))
    return found


def of_kernel(case: Case, card: Card, any_domain: bool, kernel) -> Variant:
    """The view under a kernel of the reader's own, float32 (3, 3).

    Raises
    ------
    SecondReaderError
        As `of_filters`.
    """
    numbers = tuple(float(x) for x in kernel.ravel())
    prediction, maps = predictions.kernel_reading(case.scan, card, numbers, any_domain)
    return Variant(
        ",".join(f"{x:.9g}" for x in numbers), "Own 3×3", predictions.filtered(case.scan, card, numbers), prediction, maps, False
    )


def table(variants: list[Variant], label: str, contrasts: dict[str, float | None] | None = None) -> pd.DataFrame:
    """A row a variant; `contrasts` is title → contrast-to-noise ratio, where the lesion's place is known and asked for."""
    base = next(v.prediction.score for v in variants if v.trained)
    rows = []
    for v in variants:
        row = {
            "filter": v.title,
            "score": v.prediction.score,
            "shift": v.prediction.score - base,
            "decision": v.prediction.decision,
            "heatmap peak (raw)": v.maps[label].peak,
            "SSIM": v.filtered.likeness.ssim,
            "PSNR": psnr(v.filtered.likeness),
            "filter ms": v.filtered.milliseconds,
            "reading ms": v.prediction.milliseconds,
        }
        if contrasts is not None:
            row["CNR"] = contrasts[v.title]
        rows.append(row | {"trained with it": "yes" if v.trained else "no: off its recipe"})
    return pd.DataFrame(rows)


def psnr(found: Similarity) -> str:
    """PSNR in words: equal images have none."""
    return "not defined: identical" if found.psnr is None else f"{found.psnr:.1f} dB"


def show(rows: pd.DataFrame, label: str) -> None:
    """Draw the table; `label` is the class whose heatmaps it tells of."""
    st.dataframe(
        rows,
        hide_index=True,
        height="content",
        column_config={
            "score": st.column_config.ProgressColumn("score", min_value=0, max_value=1, format="%.3f"),
            "shift": st.column_config.NumberColumn("shift", format="%+.3f", help="Against the filter the checkpoint was trained with."),
            "heatmap peak (raw)": st.column_config.NumberColumn(format="%.3g", help=f"Of the heatmap for “{label}”."),
            "SSIM": st.column_config.NumberColumn(format="%.3f", help=phrases.SSIM_HELP),
            "PSNR": st.column_config.TextColumn(help=phrases.PSNR_HELP),
            "filter ms": st.column_config.NumberColumn(format="%.2f", help="Milliseconds of the filter alone, median of five runs."),
            "reading ms": st.column_config.NumberColumn(format="%.0f", help=phrases.READING_MS_HELP),
            "CNR": st.column_config.NumberColumn(format="%.2f", help=phrases.CNR_HELP),
        },
    )
