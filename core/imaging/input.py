"""InputSpec: the only path from a Scan to the array a model sees. Training, evaluation and the dashboard all use it."""

from dataclasses import dataclass, field, replace
from typing import Literal

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from core.imaging.breast import Box, find_breast
from core.imaging.filters import FilterName, apply_filter
from core.imaging.orientation import UPRIGHT, Turn, turn_of
from core.scans.scan import Scan


@dataclass(frozen=True)
class Geometry:
    """The way from scan pixels to grid pixels, and back.

    Attributes
    ----------
    shape : tuple of int
        (H, W) of the scan.
    crop : Box
        The part of the turned scan that the grid shows.
    flipped : bool
        True where the crop was mirrored left–right.
    placed : Box
        Where the resized crop lies on the grid; the rest is letterbox.
    grid : tuple of int
        (rows, columns) of the grid.
    turn : Turn
        What was done to the scan before the crop.
    breast : ndarray, bool, or None
        The breast's mask on a reduced grid of the turned scan (`core.imaging.breast`); None where none was found.
    """

    shape: tuple[int, int]
    crop: Box
    flipped: bool
    placed: Box
    grid: tuple[int, int]
    turn: Turn = UPRIGHT
    breast: np.ndarray | None = field(default=None, compare=False, repr=False)

    def inside_grid(self) -> np.ndarray:
        """Where the grid shows the breast, bool (rows, columns); without a mask, where it shows the scan."""
        p, c = self.placed, self.crop
        rows = c.top + (np.arange(p.height) + 0.5) * c.height / p.height
        cols = c.left + (np.arange(p.width) + 0.5) * c.width / p.width
        part = self._mask_at(rows, cols)
        out = np.zeros(self.grid, bool)
        out[p.top : p.bottom, p.left : p.right] = part[:, ::-1] if self.flipped else part
        return out

    def inside_scan(self) -> np.ndarray:
        """Where the breast is, bool (H, W); everywhere without a mask."""
        rows, cols = (np.arange(n) for n in self.turn.shape(self.shape))  # as cv2.INTER_NEAREST counts, and so `breast_mask`
        return np.ascontiguousarray(self.turn.undo(self._mask_at(rows, cols)))

    def _mask_at(self, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
        """The mask at positions in the turned scan, in pixels from its corner."""
        if self.breast is None:
            return np.ones((len(rows), len(cols)), bool)
        (h, w), (mask_h, mask_w) = self.turn.shape(self.shape), self.breast.shape
        return self.breast[np.ix_((rows * mask_h / h).astype(int), (cols * mask_w / w).astype(int))]

    def to_scan(self, array: np.ndarray) -> np.ndarray:
        """A map on the grid, float32 (rows, columns) → (H, W). Bilinear; zero outside the crop."""
        p, c = self.placed, self.crop
        part = array[p.top : p.bottom, p.left : p.right]
        if self.flipped:
            part = part[:, ::-1]
        out = np.zeros(self.turn.shape(self.shape), np.float32)
        out[c.top : c.bottom, c.left : c.right] = cv2.resize(
            np.ascontiguousarray(part, np.float32), (c.width, c.height), interpolation=cv2.INTER_LINEAR
        )
        return np.ascontiguousarray(self.turn.undo(out))

    def point_to_grid(self, row: float, col: float) -> tuple[float, float]:
        """Centre-of-pixel coordinates in the scan → on the grid."""
        c, p = self.crop, self.placed
        row, col = self.turn.point(row, col, self.shape)
        y = (row + 0.5 - c.top) / c.height
        x = (col + 0.5 - c.left) / c.width
        if self.flipped:
            x = 1.0 - x
        return p.top + y * p.height - 0.5, p.left + x * p.width - 0.5

    def point_to_scan(self, row: float, col: float) -> tuple[float, float]:
        """Inverse of `point_to_grid`."""
        c, p = self.crop, self.placed
        y = (row + 0.5 - p.top) / p.height
        x = (col + 0.5 - p.left) / p.width
        if self.flipped:
            x = 1.0 - x
        return self.turn.point_back(c.top + y * c.height - 0.5, c.left + x * c.width - 0.5, self.shape)

    def spacing(self, spacing_mm: tuple[float, float] | None) -> tuple[float, float] | None:
        """(row, column) millimetres of breast that one grid pixel covers, of the scan's spacing; None where that is unknown."""
        if spacing_mm is None:
            return None
        spacing_mm = self.turn.spacing(spacing_mm)
        return spacing_mm[0] * self.crop.height / self.placed.height, spacing_mm[1] * self.crop.width / self.placed.width

    def microns(self, spacing_mm: tuple[float, float] | None) -> float | None:
        """Micrometres of breast that one grid pixel covers (the coarser axis), where the spacing is known."""
        covered = self.spacing(spacing_mm)
        return 1000 * max(covered) if covered else None


class InputSpec(BaseModel):
    """How a scan becomes the model's input. Serialised in the card.

    The steps, in order: display brightness → upright → crop to the breast → chest wall to the left → area
    resize → letterbox (`grid`, 16 bit, what the training cache holds) → filter → channels, mean and
    std (`finish`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: tuple[int, int] = Field((512, 384), description="grid rows, columns")
    crop: Literal["breast", "none"] = "breast"
    orientation: Literal["chest-left", "none"] = "chest-left"
    resize: Literal["letterbox", "stretch"] = "letterbox"
    filter: FilterName = "none"
    channels: Literal[1, 3] = 3
    mean: tuple[float, ...] = (0.5,)
    std: tuple[float, ...] = (0.5,)

    def grid(self, scan: Scan, display: np.ndarray | None = None) -> tuple[np.ndarray, Geometry]:
        """The image on the model's grid before the filter: uint16 (rows, columns), 65535 = densest, and its geometry.

        `display` may be given to spare a second `scan.display()`.
        """
        image = scan.display() if display is None else display
        turn = turn_of(scan, image) if self.orientation == "chest-left" else UPRIGHT
        image = np.ascontiguousarray(turn.apply(image))
        geometry = replace(self._geometry(image), shape=scan.shape, turn=turn)
        c, p = geometry.crop, geometry.placed
        part = image[c.top : c.bottom, c.left : c.right]
        # INTER_AREA averages when shrinking; enlarging with it would give blocks.
        how = cv2.INTER_AREA if p.height <= c.height and p.width <= c.width else cv2.INTER_LINEAR
        part = cv2.resize(part, (p.width, p.height), interpolation=how)
        if geometry.flipped:
            part = part[:, ::-1]
        out = np.zeros(self.size, np.uint16)
        out[p.top : p.bottom, p.left : p.right] = np.rint(np.clip(part, 0, 1) * 65535)
        return out, geometry

    def finish(self, grid: np.ndarray) -> np.ndarray:
        """From a grid, uint16 or float32 in [0, 1] (rows, columns), to the input: float32 (channels, rows, columns).

        Augmentation acts before this step, so that the filter sees what the model would see.
        """
        image = grid.astype(np.float32) / 65535 if grid.dtype == np.uint16 else grid
        image = apply_filter(image, self.filter)
        mean = np.asarray(self.mean, np.float32).reshape(-1, 1, 1)
        std = np.asarray(self.std, np.float32).reshape(-1, 1, 1)
        return np.broadcast_to((image[None] - mean) / std, (self.channels, *image.shape)).copy()

    def prepare(self, scan: Scan, display: np.ndarray | None = None) -> tuple[np.ndarray, Geometry]:
        """`grid` and `finish` in one: float32 (channels, rows, columns), and the geometry."""
        grid, geometry = self.grid(scan, display)
        return self.finish(grid), geometry

    def with_filter(self, name: FilterName) -> "InputSpec":
        """The same spec with another filter."""
        return self.model_copy(update={"filter": name})

    def _geometry(self, image: np.ndarray) -> Geometry:
        h, w = image.shape
        box, flipped = Box(0, 0, h, w), False
        breast = find_breast(image)
        mask = breast.mask if breast else None
        if breast is not None:
            if self.crop == "breast":
                box = breast.box
            flipped = self.orientation == "chest-left" and breast.chest_right
        rows, cols = self.size
        if self.resize == "stretch":
            return Geometry((h, w), box, flipped, Box(0, 0, rows, cols), self.size, breast=mask)
        scale = min(rows / box.height, cols / box.width)
        ph, pw = max(1, min(rows, round(box.height * scale))), max(1, min(cols, round(box.width * scale)))
        # The chest wall touches the left border of the grid; above and below the rest is shared out evenly.
        top, left = (rows - ph) // 2, 0 if self.orientation == "chest-left" else (cols - pw) // 2
        return Geometry((h, w), box, flipped, Box(top, left, top + ph, left + pw), self.size, breast=mask)
