"""Saliency: where the evidence for one class or group lies, in scan pixels. No torch."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from core.imaging.input import Geometry

GRAD_CAM = "Grad-CAM"
NO_EVIDENCE = "No positive evidence: the map shows no spot in the image."
FLAT = 1e-3  # of the largest value: a map whose values all lie closer together than that points nowhere


@dataclass(frozen=True, eq=False)
class Saliency:
    """A class activation map of one prediction.

    It is zero outside the breast, where a spot can only be an artefact of the layer's coarse grid. A map with NaN or infinite values,
    and one that is flat, hold no positive evidence and count as zero everywhere.

    Attributes
    ----------
    scan_sha256, checkpoint : str
        The scan and the model.
    label : str
        Class or group that the map is about.
    method, layer : str
        E.g. "Grad-CAM" and the layer's name.
    raw : ndarray, float32, shape (h, w)
        On the layer's grid; negative evidence cut off at zero, otherwise in the network's own units, so
        that two maps of one model can be compared.
    stride, first : float
        Cell (i, j) of `raw` is centred at (first + stride · i, first + stride · j) of the model's input.
    geometry : Geometry
        From the model's input back to the scan.
    """

    scan_sha256: str
    checkpoint: str
    label: str
    method: str
    layer: str
    raw: np.ndarray
    stride: float
    first: float
    geometry: Geometry

    @cached_property
    def _grid(self) -> np.ndarray:
        rows, cols = self.geometry.grid
        out = np.zeros((rows, cols), np.float32)
        # Not a resize: that would put the centre of the first cell at half a stride, and the peak next to the lesion.
        place = np.array([[self.stride, 0, self.first], [0, self.stride, self.first]], np.float32)
        raw = np.ascontiguousarray(self.raw, np.float32)
        if not np.isfinite(raw).all() or np.ptp(raw) <= FLAT * raw.max(initial=0):
            return out
        full = cv2.warpAffine(raw, place, (cols, rows), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.where(self.geometry.inside_grid(), full, out)

    def on_grid(self) -> np.ndarray:
        """The raw map on the model's input grid, float32 (rows, columns); zero outside the breast."""
        return self._grid

    @cached_property
    def peak(self) -> float:
        """Largest raw value inside the breast; 0 means no positive evidence for `label`."""
        return float(self._grid.max())

    @cached_property
    def peak_point(self) -> tuple[float, float]:
        """(row, column) of the peak in scan pixels. Undefined where `peak` is 0."""
        row, col = np.unravel_index(int(np.argmax(self._grid)), self._grid.shape)
        return self.geometry.point_to_scan(float(row), float(col))

    @cached_property
    def heat(self) -> np.ndarray:
        """The raw map in scan geometry, float32 (H, W), zero outside the breast. Read-only."""
        out = self.geometry.to_scan(self._grid)
        out[~self.geometry.inside_scan()] = 0
        out.setflags(write=False)
        return out

    def relative(self, scale: float | None = None) -> np.ndarray:
        """`heat` over `scale`, or over its own peak: float32 (H, W) in [0, 1].

        Use one scale for maps shown side by side: by its own peak, noise looks as hot as a lesion.
        """
        scale = self.peak if scale is None else scale
        return np.clip(self.heat / scale, 0, 1) if 0 < scale < np.inf else np.zeros_like(self.heat)

    @property
    def sentence(self) -> str:
        """Caption of the map."""
        if self.peak <= 0:
            return NO_EVIDENCE
        return f"{self.method} for {self.label!r} at {self.layer}, raw peak {self.peak:.3g}."
