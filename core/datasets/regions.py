"""Where a finding lies in an image: the boxes that a source gives, or those round the spots of its mask images. No torch."""

from pathlib import Path

import cv2
import numpy as np

from core.datasets.manifest import Item
from core.scans import read_scan

Region = tuple[int, int, int, int, str]  # top, left, bottom, right in scan pixels, kind


def regions(root: Path, item: Item) -> tuple[Region, ...]:
    """The regions of an item: `item.rois`, else one box a mask image, round all that is bright in it.

    Raises
    ------
    ScanError
        If a mask cannot be read.
    """
    if item.rois or not item.masks:
        return item.rois
    found = (_box(read_scan((root / m).read_bytes(), m).display() > 0.5) for m in item.masks)
    return tuple((*box, "mask") for box in found if box)


def _box(mask: np.ndarray) -> tuple[int, int, int, int] | None:
    left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
    return (top, left, top + height, left + width) if width else None
