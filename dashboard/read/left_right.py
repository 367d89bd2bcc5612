"""The left and the right breast of one view beside each other, and their difference."""

import numpy as np
import streamlit as st

from core.errors import ScanError
from dashboard.cache import predictions
from dashboard.images.render import jpeg
from dashboard.session import worklist
from dashboard.session.worklist import Case

ORANGE, BLUE = np.array([64, 148, 240], np.float32), np.array([240, 160, 84], np.float32)  # OpenCV's order: blue, green, red
FULL = 3.0  # standard deviations at which the colour is full
GREY = 0.2  # brightness a standard deviation


def panel(case: Case) -> None:
    """An expander for an exam with both sides of the open view; it holds nothing of a model and so may stand there before the score."""
    views = {c.scan.laterality: c for c in worklist.whole_exam(case) if c.scan.view == case.scan.view and c.quality.ok}
    if case.scan.view is None or not {"L", "R"} <= views.keys():
        return
    box = st.expander("Left against right", key="asymmetry", on_change="rerun")
    if not box.open:
        return
    with box:
        try:
            found = predictions.asymmetry_of(views["L"].scan, views["R"].scan)
        except ScanError as e:
            st.text(e.what)
            return
        for column, image, words in zip(st.columns(3), images(found), ("left", "right, mirrored", "difference"), strict=True):
            column.image(jpeg(image), caption=words, width="stretch", alt=f"{case.scan.view}: {words}")
        at = np.unravel_index(np.abs(found.difference).argmax(), found.difference.shape)
        largest = float(found.difference[at])
        st.text(
            f"Orange: the left is brighter, blue: the right. The largest difference is {abs(largest):.1f} standard deviations of the "
            f"tissue, {'left' if largest > 0 else 'right'} brighter, {_where(at, found.inside)}. Outlines alike before they were matched: "
            f"{found.overlap:.0%} (Dice)."
        )
        st.caption("The right breast is mirrored and drawn out to the left one's outline; both are smoothed. Position alone differs, too.")


def images(found) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Left and right, uint8 (H, W), and the difference over their mean, uint8 (H, W, 3) in OpenCV's order."""
    greys = [np.where(found.inside, np.clip(0.4 + GREY * p, 0, 1), 0) for p in (found.left, found.right)]
    strength = np.clip(np.abs(found.difference) / FULL, 0, 1)[..., None]
    colour = np.where(found.difference[..., None] > 0, ORANGE, BLUE)
    under = 0.5 * 255 * (greys[0] + greys[1])[..., None] / 2
    mixed = np.where(found.inside[..., None], under * (1 - strength) + colour * strength, 0)
    return (*(np.rint(g * 255).astype(np.uint8) for g in greys), np.rint(mixed).astype(np.uint8))


def _where(at: tuple[int, int], inside: np.ndarray) -> str:
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    down = (at[0] - rows[0]) / max(1, rows[-1] - rows[0])
    across = (at[1] - columns[0]) / max(1, columns[-1] - columns[0])
    third = ("upper", "middle", "lower")[min(2, int(3 * down))]
    return f"in the {third} third of the image, {'near the chest wall' if across < 0.5 else 'towards the nipple'}"
