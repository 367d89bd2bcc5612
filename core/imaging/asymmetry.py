"""Left against right: one breast mirrored and drawn out to the other's outline, and what remains when it is taken away.

Feig et al. 1988 and BI-RADS call a difference of tissue an asymmetry; nearly all of them are harmless. It is arithmetic on two images,
no model and no evidence.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from core.errors import ScanError
from core.imaging.breast import Box, find_breast
from core.imaging.input import Geometry
from core.imaging.orientation import turn_of
from core.scans import Scan
from core.scans.scan import Laterality

ROWS, COLS = 384, 288  # of the common grid
SMOOTH = 0.02  # of the grid's rows: what is smaller than that is a matter of position, not of tissue


@dataclass(frozen=True)
class Placed:
    """A breast less the other on its own outline, float32 (ROWS, COLS), and the way from there back to its scan."""

    difference: np.ndarray
    geometry: Geometry


@dataclass(frozen=True)
class Asymmetry:
    """Two breasts of one view on the left one's outline.

    Attributes
    ----------
    left, right : ndarray, float32 (ROWS, COLS)
        Brightness in standard deviations of the breast's own tissue, chest wall at the left, smoothed; 0 outside.
    difference : ndarray, float32 (ROWS, COLS)
        Left less right; 0 outside.
    inside : ndarray, bool (ROWS, COLS)
    on_left, on_right : Placed
        The difference on each breast's own outline.
    overlap : float
        Dice's coefficient of both outlines before they were drawn out, 0 to 1: how alike in shape the breasts are.
    """

    left: np.ndarray
    right: np.ndarray
    difference: np.ndarray
    inside: np.ndarray
    on_left: Placed
    on_right: Placed
    overlap: float

    def over(self, side: Laterality) -> np.ndarray:
        """This breast less the other in scan geometry, float32 (H, W), in standard deviations; 0 outside the breast."""
        placed = self.on_left if side == "L" else self.on_right
        return placed.geometry.to_scan(placed.difference)


def asymmetry(left: Scan, right: Scan) -> Asymmetry:
    """Compare the left and the right breast in the same kind of view.

    Raises
    ------
    ScanError
        If the two are not a left and a right breast in one kind of view, or no breast is found.
    """
    if (left.laterality, right.laterality) != ("L", "R") or left.view != right.view or left.view is None:
        raise ScanError("These are not a left and a right breast in the same view.", "Open both sides of one view.")
    (left_image, left_mask, left_place), (right_image, right_mask, right_place) = _upright(left), _upright(right)
    images, masks, places = (left_image, right_image), (left_mask, right_mask), (left_place, right_place)
    inside = masks[0]
    drawn = _standardised(images[0], inside), _standardised(_drawn_out(images[1], masks[1], inside), inside)
    both = 2 * np.logical_and(*masks).sum() / (masks[0].sum() + masks[1].sum())
    difference = np.where(inside, drawn[0] - drawn[1], 0).astype(np.float32)
    on_right = np.where(masks[1], -_drawn_out(difference, inside, masks[1]), 0).astype(np.float32)
    return Asymmetry(*drawn, difference, inside, Placed(difference, places[0]), Placed(on_right, places[1]), float(both))


def _upright(scan: Scan) -> tuple[np.ndarray, np.ndarray, Geometry]:
    """Brightness and outline of the breast's box on the common grid, chest wall at the left, and the way there."""
    display = scan.display()
    turn = turn_of(scan, display)
    display = np.ascontiguousarray(turn.apply(display))
    breast = find_breast(display)
    if breast is None:
        raise ScanError("No breast was found in the image.", "Upload the whole view.")
    b = breast.box
    mask = cv2.resize(breast.mask.astype(np.uint8), display.shape[::-1], interpolation=cv2.INTER_NEAREST)
    cut = [x[b.top : b.bottom, b.left : b.right] for x in (display, mask)]
    if breast.chest_right:
        cut = [x[:, ::-1] for x in cut]
    small = cv2.resize(np.ascontiguousarray(cut[0]), (COLS, ROWS), interpolation=cv2.INTER_AREA)
    inside = cv2.resize(np.ascontiguousarray(cut[1]), (COLS, ROWS), interpolation=cv2.INTER_NEAREST).astype(bool)
    return small, inside, Geometry(scan.shape, b, breast.chest_right, Box(0, 0, ROWS, COLS), (ROWS, COLS), turn)


def _drawn_out(image: np.ndarray, mask: np.ndarray, onto: np.ndarray) -> np.ndarray:
    """Each row of a breast stretched from its own first and last pixel to those of the row at the same height of `onto`."""
    own, other = _edges(mask), _edges(onto)
    own_rows, other_rows = _span(mask), _span(onto)
    share = np.linspace(0, 1, ROWS, dtype=np.float32)
    rows = own_rows[0] + (np.arange(ROWS) - other_rows[0]) / max(1, other_rows[1] - other_rows[0]) * (own_rows[1] - own_rows[0])
    rows = np.clip(rows, 0, ROWS - 1).astype(np.float32)
    first, last = (np.interp(rows, share * (ROWS - 1), e) for e in own)
    width = np.maximum(other[1] - other[0], 1)
    columns = first[:, None] + (np.arange(COLS)[None] - other[0][:, None]) / width[:, None] * (last - first)[:, None]
    at = columns.astype(np.float32), np.repeat(rows[:, None], COLS, 1)
    return cv2.remap(image, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _span(mask: np.ndarray) -> tuple[int, int]:
    rows = np.flatnonzero(mask.any(1))
    return int(rows[0]), int(rows[-1])


def _edges(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last column of the mask in each row, float (ROWS,); rows without any take their neighbours'."""
    rows = np.flatnonzero(mask.any(1))
    first = mask[rows].argmax(1)
    last = COLS - 1 - mask[rows][:, ::-1].argmax(1)
    every = np.arange(ROWS)
    return np.interp(every, rows, first), np.interp(every, rows, last)


def _standardised(image: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Smoothed brightness in standard deviations about the mean inside; what lies outside does not bleed in."""
    sigma = SMOOTH * ROWS
    weight = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), sigma)
    smooth = cv2.GaussianBlur(np.where(inside, image, 0).astype(np.float32), (0, 0), sigma) / np.maximum(weight, 1e-3)
    spread = float(smooth[inside].std()) or 1.0
    return np.where(inside, (smooth - smooth[inside].mean()) / spread, 0).astype(np.float32)
