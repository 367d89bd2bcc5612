"""Pixel padding: what lies round the image and is no measurement (DICOM PS3.3 C.7.5.1.1.2)."""

import cv2
import numpy as np
from pydicom.dataset import Dataset

from core.scans import elements
from core.scans.lut import stored_range

_DRIFT = 256  # lossy compression moves padding by less than one part in this many of the range


def padding(ds: Dataset, stored: np.ndarray, lossy: bool) -> np.ndarray | None:
    """Pixels that are padding, bool (H, W), or None where there are none.

    The value has the sign of Pixel Representation whatever its VR says; the range may be written in either order. Tissue may
    have the same value: only what joins the border counts.
    """
    value = elements.integer(ds, "PixelPaddingValue")
    if value is None:
        return None
    limit = elements.integer(ds, "PixelPaddingRangeLimit")
    low, high = sorted(_as_stored(x, ds) for x in (value, value if limit is None else limit))
    if lossy and limit is None:
        drift = max(1, (2 ** int(ds.BitsStored)) // _DRIFT)
        low, high = low - drift, high + drift
    mask = (stored >= low) & (stored <= high)
    edges = mask[0].any(), mask[-1].any(), mask[:, 0].any(), mask[:, -1].any()
    if not any(edges):
        return None
    _, parts = cv2.connectedComponents(mask.view(np.uint8), connectivity=8, ltype=cv2.CV_32S)
    border = np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    joined = np.zeros(int(parts.max()) + 1, bool)
    joined[border] = True
    joined[0] = False
    return joined[parts]


def _as_stored(value: int, ds: Dataset) -> int:
    """A padding value as a stored value: without the bits that are not stored, with the sign of the pixels."""
    low, high = stored_range(ds)
    if low <= value <= high:
        return value
    bits = int(ds.BitsStored)
    value &= 2**bits - 1
    return value - 2**bits if ds.PixelRepresentation and value > high else value
