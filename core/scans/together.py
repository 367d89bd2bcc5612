"""Files that one call names: images of one folder share an estimated range, as those of one upload do."""

import os
from collections.abc import Iterable

from core.errors import ScanError
from core.scans.raster import depth
from core.scans.read import read_file, read_scan
from core.scans.scan import Scan


class Together:
    """Reads the files of one call.

    Only where the range of an image had to be estimated are its siblings read as well, once for a folder and one at a time. A data
    set is not read so: its folders mix sources, and training must see what serving a single image shows.
    """

    def __init__(self, files: Iterable[str]) -> None:
        self._files: dict[str, list[str]] = {}
        for file in files:
            if file != "-":
                self._files.setdefault(os.path.dirname(file), []).append(file)
        self._extents: dict[str, list[depth.Extent | None]] = {}

    def read(self, file: str, data: bytes) -> Scan:
        """The image in `data`, the bytes of `file`; raises what `read_scan` raises."""
        scan = read_scan(data)
        folder = os.path.dirname(file)
        if file == "-" or len(self._files.get(folder, ())) < 2 or not depth.estimated(scan):
            return scan
        if folder not in self._extents:
            self._extents[folder] = [_extent(sibling) for sibling in self._files[folder]]
        return depth.widened(scan, self._extents[folder])


def _extent(file: str) -> depth.Extent | None:
    try:
        return depth.extent(read_scan(read_file(file)))
    except ScanError:
        return None  # its own line says why
