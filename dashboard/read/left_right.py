"""Asymmetry: the left and the right breast of one view side by side, and their difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.errors import ScanError
from dashboard.cache import predictions
from dashboard.images.render import jpeg
from dashboard.phrases import read as text
from dashboard.session import worklist
from dashboard.session.worklist import Case

if TYPE_CHECKING:
    from core.imaging.asymmetry import Asymmetry

ORANGE, BLUE = np.array([64, 148, 240], np.float32), np.array([240, 160, 84], np.float32)  # OpenCV's order: blue, green, red
FULL = 3.0  # standard deviations at which the colour is full
GREY = 0.2  # brightness a standard deviation


def render(case: Case) -> None:
    """An expander for an exam with both sides of the open view; no model runs, so it is there while the AI result is hidden."""
    views = {c.scan.laterality: c for c in worklist.whole_exam(case) if c.scan.view == case.scan.view and c.quality.ok}
    if case.scan.view is None or not {"L", "R"} <= views.keys():
        return
    box = st.expander(text.ASYMMETRY, key="asymmetry", on_change="rerun")
    if not box.open:
        return
    with box:
        try:
            found = predictions.asymmetry(views["L"].scan, views["R"].scan)
        except ScanError as e:
            st.text(e.what)
            return
        for column, image, name in zip(st.columns(3), images(found), text.ASYMMETRY_NAMES, strict=True):
            column.image(jpeg(image), caption=name, width="stretch", alt=f"{case.scan.view}: {name}")
        row, col = np.unravel_index(np.abs(found.difference).argmax(), found.difference.shape)
        where = _where(int(row), int(col), found.inside)
        st.text(text.asymmetry(float(found.difference[row, col]), where, found.overlap))
        st.caption(text.ASYMMETRY_ABOUT)


def images(found: Asymmetry) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Left and right, uint8 (H, W), and the difference over their mean, uint8 (H, W, 3) in OpenCV's order."""
    left, right = (np.where(found.inside, np.clip(0.4 + GREY * p, 0, 1), 0) for p in (found.left, found.right))
    strength = np.clip(np.abs(found.difference) / FULL, 0, 1)[..., None]
    colour = np.where(found.difference[..., None] > 0, ORANGE, BLUE)
    under = 0.5 * 255 * (left + right)[..., None] / 2
    mixed = np.where(found.inside[..., None], under * (1 - strength) + colour * strength, 0)
    return np.rint(left * 255).astype(np.uint8), np.rint(right * 255).astype(np.uint8), np.rint(mixed).astype(np.uint8)


def _where(row: int, col: int, inside: np.ndarray) -> str:
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    down = (row - rows[0]) / max(1, rows[-1] - rows[0])
    across = (col - columns[0]) / max(1, columns[-1] - columns[0])
    third = ("upper", "middle", "lower")[min(2, int(3 * down))]
    return f"{third} third of the image, {'near the chest wall' if across < 0.5 else 'towards the nipple'}"
