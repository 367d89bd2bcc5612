"""From modality values to brightness: the VOI functions of DICOM PS3.3 C.11.2."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Function = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]
FUNCTIONS: tuple[Function, ...] = ("LINEAR", "LINEAR_EXACT", "SIGMOID")


@dataclass(frozen=True)
class Window:
    """Window centre and width in modality values, and the function between them (C.11.2.1.2, C.11.2.1.3)."""

    center: float
    width: float
    function: Function = "LINEAR"
    name: str = ""

    def __post_init__(self) -> None:
        smallest = 1.0 if self.function == "LINEAR" else 0.0
        if not (np.isfinite(self.center) and np.isfinite(self.width)) or self.width < smallest or self.width == 0:
            raise ValueError(f"a {self.function} window may not have the width {self.width}")

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Brightness of `values` (any shape, uint16 or float32), float32 in [0, 1]; a new array."""
        if values.dtype == np.uint16:
            # At most 65,536 different values: a table is about three times as fast as the formula on 13 MP.
            return np.take(self._formula(np.arange(65536, dtype=np.float32)), values)
        return self._formula(values)

    def _formula(self, x: np.ndarray) -> np.ndarray:
        x = x.astype(np.float64)
        if self.function == "SIGMOID":
            y = 1.0 / (1.0 + np.exp(-4.0 * (x - self.center) / self.width))
        elif self.function == "LINEAR_EXACT":
            y = (x - self.center) / self.width + 0.5
        elif self.width == 1:
            y = (x > self.center - 0.5).astype(np.float64)
        else:
            y = (x - (self.center - 0.5)) / (self.width - 1.0) + 0.5
        return np.clip(y, 0.0, 1.0).astype(np.float32)


@dataclass(frozen=True)
class LookupWindow:
    """A VOI LUT sequence item (C.11.2.1.1): `table[0]` belongs to the value `first`, ends are held."""

    first: int
    table: np.ndarray  # float32 in [0, 1], read-only
    name: str = ""

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Brightness of `values`, float32 in [0, 1]; a new array."""
        if values.dtype == np.uint16:  # one table of all values, as for a window
            return np.take(self._entries(np.arange(65536)), values)
        return self._entries(np.rint(values).astype(np.int64))

    def _entries(self, values: np.ndarray) -> np.ndarray:
        return self.table[np.clip(values - self.first, 0, len(self.table) - 1)]
