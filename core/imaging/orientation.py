"""How a stored matrix is turned so that it hangs upright, head or lateral side up, and on screen with the chest wall inwards."""

from dataclasses import dataclass

import numpy as np

from core.scans.scan import Scan


@dataclass(frozen=True)
class Turn:
    """A matrix transposed, then its rows reversed, then its columns: all eight turns of an image."""

    transposed: bool = False
    rows_reversed: bool = False
    columns_reversed: bool = False

    def apply(self, image: np.ndarray) -> np.ndarray:
        """The turned view of an image (H, W)."""
        turned = image.T if self.transposed else image
        turned = turned[::-1] if self.rows_reversed else turned
        return turned[:, ::-1] if self.columns_reversed else turned

    def undo(self, image: np.ndarray) -> np.ndarray:
        """Inverse of `apply`."""
        image = image[:, ::-1] if self.columns_reversed else image
        image = image[::-1] if self.rows_reversed else image
        return image.T if self.transposed else image

    def shape(self, shape: tuple[int, int]) -> tuple[int, int]:
        """(rows, columns) after the turn."""
        return (shape[1], shape[0]) if self.transposed else shape

    def spacing(self, spacing_mm: tuple[float, float]) -> tuple[float, float]:
        """(row, column) millimetres a pixel after the turn."""
        return (spacing_mm[1], spacing_mm[0]) if self.transposed else spacing_mm

    def point(self, row: float, col: float, shape: tuple[int, int]) -> tuple[float, float]:
        """Centre-of-pixel coordinates after the turn, of a point in a stored image of `shape`."""
        row, col = (col, row) if self.transposed else (row, col)
        return self._reversed(row, col, shape)

    def point_back(self, row: float, col: float, shape: tuple[int, int]) -> tuple[float, float]:
        """Inverse of `point`."""
        row, col = self._reversed(row, col, shape)
        return (col, row) if self.transposed else (row, col)

    def _reversed(self, row: float, col: float, shape: tuple[int, int]) -> tuple[float, float]:
        rows, cols = self.shape(shape)
        return (rows - 1 - row if self.rows_reversed else row), (cols - 1 - col if self.columns_reversed else col)


UPRIGHT = Turn()


def turn_of(scan: Scan, display: np.ndarray) -> Turn:
    """The turn that hangs a view upright, by its Patient Orientation (DICOM PS3.3 C.7.6.1.1.1); none where it is not stated.

    Columns run to the feet in oblique and lateral views, and away from the side of the breast in craniocaudal ones (IHE MAMMO,
    4.16.4.2.2.1.1). A statement that the pixels contradict, with the chest wall on the left or right edge, turns nothing.
    """
    if scan.patient_orientation is None:
        return UPRIGHT
    from core.scans.orientation import seen_chest_wall  # late: it brings pydicom, which a first page does without

    across, down = scan.patient_orientation
    transposed = down[0] in "AP" and across[0] not in "AP"
    if transposed and seen_chest_wall(display) in ("left", "right"):
        return UPRIGHT
    down = across if transposed else down
    return Turn(transposed, down[0] == "H" or (scan.laterality is not None and down[0] == scan.laterality))
