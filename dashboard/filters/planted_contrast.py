"""Lesion contrast (CNR) of a phantom's planted lesion by filter."""

import streamlit as st

from core.imaging.contrast import Region, contrast_to_noise, region
from core.models.card import Card
from dashboard import phrases
from dashboard.cache import predictions
from dashboard.filters.variants import Variant
from dashboard.images.outline import Outline
from dashboard.phrases import filters as text
from dashboard.session.worklist import Case


def choose(case: Case) -> Outline | None:
    """Draw the toggle, and a box where there are several outlines; the chosen outline, or None."""
    if not case.truth or not st.toggle(text.CNR, key="filters_contrast", help=text.CNR_HELP):
        return None
    names = [f"{n}: {o.name}" for n, o in enumerate(case.truth, 1)]
    if len(names) == 1:
        return case.truth[0]
    return case.truth[st.selectbox("Lesion", range(len(names)), format_func=names.__getitem__, key=f"lesion_{case.key[:12]}", width=260)]


def contrasts(case: Case, card: Card, variants: list[Variant], lesion: Outline) -> dict[str, float | None] | None:
    """Title → CNR of the lesion in each variant; None where the grid is too coarse for it."""
    grid, geometry = predictions.unfiltered(case.scan, card)
    others = tuple(o.points for o in case.truth or () if o is not lesion)
    where: Region | None = region(grid, geometry, lesion.points, others)
    return None if where is None else {v.title: contrast_to_noise(v.filtered.image, where) for v in variants}


def sentence(lesion: str, found: dict[str, float | None]) -> str:
    """The lesion's contrast under each filter, against the original."""
    original = phrases.FILTERS["none"]
    base = found[original]
    if base is None:
        return text.CNR_FLAT.format(lesion=lesion)
    values = [f"{title} {_value(value)} ({_against(value, base)})" for title, value in found.items() if title != original]
    darker = text.CNR_DARKER if base < 0 else ""
    cluster = text.CNR_CLUSTER if "calcification" in lesion else ""
    return f"CNR of the {lesion}: {base:.2f} in the original; {', '.join(values)}.{darker}{cluster}{text.CNR_CAVEAT}"


def _value(value: float | None) -> str:
    return phrases.UNDEFINED if value is None else f"{value:.2f}"


def _against(value: float | None, base: float) -> str:
    """By size, not by sign: a lesion darker than its surroundings has contrast too."""
    if value is None:
        return "no comparison"
    now, before = round(abs(value), 2), round(abs(base), 2)
    return "equal" if now == before else "higher" if now > before else "lower"
