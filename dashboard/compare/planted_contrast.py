"""Contrast of what was planted in a phantom, by filter: a verdict of the density seed system, looked at on this image."""

import streamlit as st

from core.imaging.contrast import Region, contrast_to_noise, region
from core.models.card import Card
from dashboard import phrases
from dashboard.cache import predictions
from dashboard.compare.variants import Variant
from dashboard.session.worklist import Case


def choose(case: Case) -> int | None:
    """Draw the toggle, and a box where there are several outlines; number of the chosen outline, or None."""
    if not case.truth or not st.toggle("Contrast of what was planted", key="compare_contrast", help=phrases.CNR_HELP):
        return None
    names = [f"{n}: {o.name}" for n, o in enumerate(case.truth, 1)]
    if len(names) == 1:
        return 0
    return st.selectbox("Lesion", range(len(names)), format_func=names.__getitem__, key=f"lesion_{case.key[:12]}", width=260)


def contrasts(case: Case, card: Card, variants: list[Variant], chosen: int) -> dict[str, float | None] | None:
    """Title → CNR of the chosen outline in each variant; None where the grid is too coarse for it."""
    grid, geometry = predictions.unfiltered(case.scan, card)
    others = tuple(o.points for n, o in enumerate(case.truth) if n != chosen)
    where: Region | None = region(grid, geometry, case.truth[chosen].points, others)
    return None if where is None else {v.title: contrast_to_noise(v.filtered.image, where) for v in variants}


def sentence(name: str, found: dict[str, float | None]) -> str:
    """What this image shows of the contrast of one lesion, and no more."""
    plain = phrases.FILTERS["none"]
    base = found[plain]
    if base is None:
        return f"The tissue round the {name} is flat in the original, so that its contrast-to-noise ratio is {phrases.NOT_YET}."
    words = [f"{title} {_value(value)} ({_against(value, base)})" for title, value in found.items() if title != plain]
    seed = found[phrases.FILTERS["laplacian"]]
    held = {
        "stronger": "it does so by this measure in this image",
        "weaker": "by this measure it lowers it in this image",
        "the same": "by this measure it changes nothing in this image",
        "": "in this image that cannot be told",
    }[_against(seed, base)]
    darker = " Below 0 the place is darker than the tissue round it." if base < 0 else ""
    cluster = " The outline holds the tissue between the specks too." if "calcification" in name else ""
    return (
        f"Contrast-to-noise ratio of the {name}: {base:.2f} in the original; {', '.join(words)}.{darker}{cluster} "
        f"“The Laplacian raises contrast”, held an earlier system: {held}. "
        "This is one drawn lesion; it says nothing about others, nor about what a reader sees."
    )


def _value(value: float | None) -> str:
    return phrases.NOT_YET if value is None else f"{value:.2f}"


def _against(value: float | None, base: float) -> str:
    """By size, not by sign: a lesion darker than its surroundings has contrast too."""
    if value is None:
        return ""
    now, before = round(abs(value), 2), round(abs(base), 2)
    return "the same" if now == before else "stronger" if now > before else "weaker"
