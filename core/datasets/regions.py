"""Where a finding lies in an image: the boxes that a source gives, or those of its mask images. No torch."""

from pathlib import Path

import cv2
import numpy as np

from core.datasets.manifest import Item, Region
from core.errors import ScanError
from core.scans import read_scan


def regions(root: Path, item: Item) -> tuple[Region, ...]:
    """The regions of an item in pixels of its scan: `item.rois`, else one box a mask image, round all that is bright in it.

    A mask of another size than the scan, as CBIS-DDSM has them, is scaled to it in both directions; an empty one gives no box.

    Raises
    ------
    ScanError
        If a mask cannot be read.
    """
    if item.rois or not item.masks:
        return item.rois
    rows, columns = pixel_size(root / item.path)
    found = []
    for name in item.masks:
        mask = read_scan((root / name).read_bytes(), name).display() > 0.5
        left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
        if width:
            down, across = rows / mask.shape[0], columns / mask.shape[1]
            edges = top * down, left * across, (top + height) * down, (left + width) * across
            found.append((*(round(e) for e in edges), "mask"))
    return tuple(found)


def pixel_size(path: Path) -> tuple[int, int]:
    """Rows and columns of an image file, from its header.

    Raises
    ------
    ScanError
        If the header cannot be read.
    """
    try:
        if path.suffix.lower() in (".dcm", ""):
            from pydicom import dcmread

            header = dcmread(path, stop_before_pixels=True, specific_tags=["Rows", "Columns"], force=True)
            return int(header.Rows), int(header.Columns)
        from PIL import Image

        with Image.open(path) as image:
            return image.height, image.width
    except Exception as e:  # both readers leak many classes on damaged files
        raise ScanError(f"The size of {path.name} cannot be read.", "Copy the file again from its source.") from e
