"""Where the breast is in an image."""

from dataclasses import dataclass

import cv2
import numpy as np

WORK_SIDE = 320  # the box is found on a reduced image: at full size it costs 80 times as much and moves by a pixel or two
MARGIN = 0.01  # of the longer side, added around the breast so that the skin line is never cut


@dataclass(frozen=True)
class Box:
    """Half-open pixel box: rows [top, bottom), columns [left, right)."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left


@dataclass(frozen=True)
class Breast:
    """The breast region of one image.

    Attributes
    ----------
    mask : ndarray, bool
        On the reduced grid (longer side at most WORK_SIDE).
    box : Box
        Around the mask, in pixels of the full image, with a small margin.
    chest_right : bool
        True where the breast's mass leans on the right edge of the image.
    """

    mask: np.ndarray
    box: Box
    chest_right: bool


def find_breast(display: np.ndarray) -> Breast | None:
    """Find the breast in a displayed image, float32 (H, W) in [0, 1], 1 = dense.

    Otsu's threshold (1979) on the logarithm of brightness, which keeps fat that a threshold on
    brightness would lose next to dense tissue; then the largest connected region, so that mammogram markers
    and labels fall away. Returns None where nothing stands out from the background.
    """
    h, w = display.shape
    scale = min(1.0, WORK_SIDE / max(h, w))
    small = cv2.resize(display, (max(1, round(w * scale)), max(1, round(h * scale))), interpolation=cv2.INTER_AREA)
    bright = np.log1p(20.0 * np.clip(small, 0, 1)) / np.log(21.0)
    levels = np.rint(bright * 255).astype(np.uint8)
    if int(levels.max()) - int(levels.min()) < 8:
        return None
    threshold, _ = cv2.threshold(cv2.GaussianBlur(levels, (5, 5), 0), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    region = (levels > threshold).astype(np.uint8)
    # Thin bridges tie the breast to tape and scanner strips; opening cuts them before the largest part is taken.
    region = cv2.morphologyEx(region, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
    n, parts, stats, _ = cv2.connectedComponentsWithStats(region, connectivity=4)
    if n < 2:
        return None
    mask = parts == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return Breast(mask, _box(mask, (h, w)), _chest_right(mask))


def breast_mask(display: np.ndarray) -> np.ndarray:
    """Where the breast is, bool (H, W) of a displayed image, float32 in [0, 1]; everywhere where none is found."""
    breast = find_breast(display)
    if breast is None:
        return np.ones(display.shape, bool)
    return cv2.resize(breast.mask.astype(np.uint8), display.shape[::-1], interpolation=cv2.INTER_NEAREST).astype(bool)


def _box(mask: np.ndarray, shape: tuple[int, int]) -> Box:
    rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    fy, fx = shape[0] / mask.shape[0], shape[1] / mask.shape[1]
    m = MARGIN * max(shape)
    return Box(
        top=max(0, int(rows[0] * fy - m)),
        left=max(0, int(cols[0] * fx - m)),
        bottom=min(shape[0], int(np.ceil((rows[-1] + 1) * fy + m))),
        right=min(shape[1], int(np.ceil((cols[-1] + 1) * fx + m))),
    )


def _chest_right(mask: np.ndarray) -> bool:
    # The chest wall is the side on which the region is tallest: a breast narrows towards the nipple.
    cols = np.flatnonzero(mask.any(0))
    heights = mask.sum(0)[cols[0] : cols[-1] + 1]
    third = max(1, len(heights) // 3)
    return bool(heights[-third:].sum() > heights[:third].sum())
