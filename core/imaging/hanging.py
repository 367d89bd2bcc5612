"""How a view hangs on screen: which way it is turned, and where the breast is in it."""

from dataclasses import dataclass, replace

import numpy as np

from core.imaging.breast import Box, find_breast
from core.imaging.orientation import Turn, turn_of
from core.scans.scan import Scan

WORK_SIDE = 640  # pixels on the longer side of the image on which both are found

Ellipse = tuple[float, float, float, float]  # centre x and y, width and height, in pixels from the image's corner


@dataclass(frozen=True)
class Hanging:
    """A view on screen.

    Attributes
    ----------
    shape : tuple of int
        (H, W) of the scan.
    turn : Turn
        From the scan to the hung image.
    breast : Box
        Around the breast, in pixels of the hung image; the whole image where no breast was found.
    """

    shape: tuple[int, int]
    turn: Turn
    breast: Box

    @classmethod
    def of(cls, scan: Scan) -> "Hanging":
        """How a scan hangs: upright, with the chest wall of a right breast at the right and of a left breast at the left."""
        step = max(1, max(scan.shape) // WORK_SIDE)
        small = replace(scan, values=np.ascontiguousarray(scan.values[::step, ::step])).display()
        turn = chest_wall_in(scan, small)
        shape = turn.shape(scan.shape)
        breast = find_breast(np.ascontiguousarray(turn.apply(small)))
        if breast is None:
            return cls(scan.shape, turn, Box(0, 0, *shape))
        b = breast.box
        return cls(scan.shape, turn, Box(b.top * step, b.left * step, min(shape[0], b.bottom * step), min(shape[1], b.right * step)))

    def outline(self, points: tuple[float, ...]) -> list[float]:
        """A line in the scan, x and y in turn from the image's corner → in the hung image."""
        at = (self.turn.point(y - 0.5, x - 0.5, self.shape) for x, y in zip(points[::2], points[1::2], strict=True))
        return [v + 0.5 for row, col in at for v in (col, row)]

    def ellipse(self, ellipse: Ellipse) -> Ellipse:
        """An ellipse in the scan → in the hung image."""
        x, y, width, height = ellipse
        row, col = self.turn.point(y - 0.5, x - 0.5, self.shape)
        return (col + 0.5, row + 0.5, *self._axes(width, height))

    def ellipse_back(self, ellipse: Ellipse) -> Ellipse:
        """Inverse of `ellipse`."""
        x, y, width, height = ellipse
        row, col = self.turn.point_back(y - 0.5, x - 0.5, self.shape)
        return (col + 0.5, row + 0.5, *self._axes(width, height))

    def _axes(self, width: float, height: float) -> tuple[float, float]:
        return (height, width) if self.turn.transposed else (width, height)


def chest_wall_in(scan: Scan, display: np.ndarray) -> Turn:
    """The turn by which a scan hangs, from its brightness, float32 (H, W), which may be reduced.

    The chest wall is where the pixels show it, else where Patient Orientation puts it. A view without a side is not mirrored, nor one
    of which neither says where the chest wall is.
    """
    from core.scans.orientation import seen_chest_wall  # late: it brings pydicom, which a first page does without

    turn = turn_of(scan, display)
    if scan.laterality is None:
        return turn
    wall: str | None = seen_chest_wall(turn.apply(display))
    if wall not in ("left", "right") and scan.patient_orientation is not None:
        across = scan.patient_orientation[1 if turn.transposed else 0]
        wall = {"A": "left", "P": "right"}.get(across[0])
    return replace(turn, columns_reversed=wall == ("left" if scan.laterality == "R" else "right"))
