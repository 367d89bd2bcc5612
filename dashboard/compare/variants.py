"""One view under several filters: each with its picture, its reading, and what the filter did to the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.imaging.filters import FILTERS
from core.imaging.likeness import Filtered, Likeness
from core.models.card import Card
from core.reading.saliency import Saliency
from dashboard import phrases, readings
from dashboard.session.worklist import Case

if TYPE_CHECKING:
    from core.reading.reading import Reading  # with it comes torch, which an empty page needs not


@dataclass(frozen=True, eq=False)
class Variant:
    """A view after one filter, whose `name` tells one kernel from another. `trained`: the checkpoint was trained with it."""

    name: str
    title: str
    filtered: Filtered
    reading: Reading
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
        reading, maps = readings.reading(case.scan, card, name, any_domain)
        done = readings.filtered(case.scan, card, name)
        found.append(Variant(name, phrases.FILTERS[name], done, reading, maps, name == card.input.filter))
    return found


def of_kernel(case: Case, card: Card, any_domain: bool, kernel) -> Variant:
    """The view under a kernel of the reader's own, float32 (3, 3).

    Raises
    ------
    SecondReaderError
        As `of_filters`.
    """
    numbers = tuple(float(x) for x in kernel.ravel())
    reading, maps = readings.kernel_reading(case.scan, card, numbers, any_domain)
    return Variant(",".join(f"{x:.9g}" for x in numbers), "Own 3×3", readings.filtered(case.scan, card, numbers), reading, maps, False)


def table(variants: list[Variant], label: str, contrasts: dict[str, float | None] | None = None) -> pd.DataFrame:
    """A row a variant; `contrasts` is title → contrast-to-noise ratio, where the lesion's place is known and asked for."""
    base = next(v.reading.score for v in variants if v.trained)
    rows = []
    for v in variants:
        row = {
            "filter": v.title,
            "score": v.reading.score,
            "shift": v.reading.score - base,
            "decision": v.reading.decision,
            "heatmap peak (raw)": v.maps[label].peak,
            "SSIM": v.filtered.likeness.ssim,
            "PSNR": psnr(v.filtered.likeness),
            "filter ms": v.filtered.milliseconds,
            "reading ms": v.reading.milliseconds,
        }
        if contrasts is not None:
            row["CNR"] = contrasts[v.title]
        rows.append(row | {"trained with it": "yes" if v.trained else "no: off its recipe"})
    return pd.DataFrame(rows)


def psnr(found: Likeness) -> str:
    """PSNR in words: equal pictures have none."""
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
