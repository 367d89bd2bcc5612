"""A card a filter: what it does, its kernel, its score against the threshold, and what it changed in the image."""

import numpy as np
import streamlit as st

from core.imaging.filters import CLAHE_CLIP_LIMIT, CLAHE_TILES
from dashboard import phrases
from dashboard.figures.style import ACCENT, WARM
from dashboard.filters.variants import Variant
from dashboard.images.difference import BRIGHTER, DARKER, SAME, difference
from dashboard.phrases import filters as text

CELL = "border:1px solid rgba(128,136,142,.45);padding:0 .45rem;text-align:right"


def draw(variants: list[Variant]) -> None:
    """One card a variant, side by side; the first one is the original."""
    original = variants[0].filtered.image
    for place, variant in zip(st.columns(len(variants), gap="small"), variants, strict=True):
        with place, st.container(gap="small"):
            st.markdown(f"**{variant.title}**" + (f" :gray-badge[{text.TRAINING_FILTER}]" if variant.trained else ""))
            if variant.prediction is not None:
                st.html(score_bar(variant.prediction.score, variant.prediction.threshold))
            st.caption(text.SENTENCES[variant.name if variant.name in text.SENTENCES else "custom"])
            st.html(kernel_table(variant))
            if variant is not variants[0]:
                _difference(variant, original)


def score_bar(score: float, threshold: float) -> str:
    """HTML of a score on a bar from 0 to 1 with a tick at the threshold."""
    colour = WARM if score >= threshold else ACCENT
    tick = f"position:absolute;left:{100 * threshold:.1f}%;top:-3px;width:2px;height:14px;background:currentColor"
    return (
        f'<div role="img" aria-label="{phrases.score(score, threshold)}" style="font-variant-numeric:tabular-nums">'
        f"<div><b>{phrases.decimal(score, threshold)}</b> "
        f'<small style="float:right">{text.THRESHOLD.format(value=phrases.decimal(threshold, score))}</small></div>'
        '<div style="position:relative;height:8px;background:rgba(128,136,142,.28);margin-top:4px">'
        f'<div style="width:{100 * score:.1f}%;height:100%;background:{colour}"></div><div style="{tick}"></div></div></div>'
    )


def kernel_table(variant: Variant) -> str:
    """HTML of a filter's 3 × 3 kernel in whole numbers with their common factor; CLAHE has its parameters instead."""
    if variant.kernel is None:
        columns, rows = CLAHE_TILES
        return f"<small>{text.CLAHE_PARAMETERS.format(columns=columns, rows=rows, clip=CLAHE_CLIP_LIMIT)}</small>"
    entries, divisor = whole_numbers(variant.kernel)
    body = "".join("<tr>" + "".join(f'<td style="{CELL}">{x:.4g}</td>' for x in row) + "</tr>" for row in entries)
    factor = f"<small>× 1/{divisor}</small>" if divisor > 1 else ""
    table = (
        f'<table aria-label="{text.KERNEL_OF.format(title=variant.title)}" style="border-collapse:collapse;font-size:.8rem">{body}</table>'
    )
    return f'<div style="display:flex;align-items:center;gap:.6rem;font-variant-numeric:tabular-nums">{table}{factor}</div>'


def whole_numbers(kernel: np.ndarray) -> tuple[np.ndarray, int]:
    """A kernel times the divisor that makes all entries whole: 1/16 and 2/16 become 1 and 2 with 16; as it is, and 1, where none does."""
    smallest = np.abs(kernel[kernel != 0]).min()
    divisor = round(1 / smallest) if smallest < 1 else 1
    scaled = kernel.astype(float) * divisor
    return (np.rint(scaled), divisor) if np.allclose(scaled, np.rint(scaled), atol=1e-4) else (kernel, 1)


def _difference(variant: Variant, original: np.ndarray) -> None:
    found = difference(variant.filtered.image, original)
    if found is None:
        st.caption(text.NO_CHANGE)
        return
    st.image(found.png, alt=text.DIFFERENCE_ALT.format(title=variant.title, limit=found.limit), width="stretch")
    stops = ",".join(f"rgb{colour}" for colour in (DARKER, SAME, BRIGHTER))
    ends = (f"−{found.limit:.2g}", "0", f"+{found.limit:.2g}")
    st.html(
        f'<div style="height:8px;background:linear-gradient(to right,{stops})"></div>'
        '<div style="display:flex;justify-content:space-between;font-size:.75rem;font-variant-numeric:tabular-nums">'
        + "".join(f"<span>{end}</span>" for end in ends)
        + "</div>"
    )
