"""Files of one call: 16-bit images of one folder share an estimated range, as those of one upload do."""

import os
from collections.abc import Callable, Iterable

from core.errors import ScanError
from core.scans import raster
from core.scans.raster import depth
from core.scans.read import read_file, read_scan
from core.scans.scan import Scan


class Siblings:
    """Reads the files of one call; an image whose range had to be estimated takes that of its siblings where it is wider.

    The siblings are read once for a folder and format, one at a time, and only where a range was estimated. A data set is not read
    so: its folders mix sources, and training must see what serving a single image shows. `source` gives the bytes of a file.
    """

    def __init__(self, files: Iterable[str], source: Callable[[str], bytes] = read_file) -> None:
        self._source = source
        self._files: dict[str, list[str]] = {}
        for file in files:
            if file != "-":
                self._files.setdefault(os.path.dirname(file), []).append(file)
        self._extents: dict[tuple[str, str], list[depth.Extent | None]] = {}

    def read(self, file: str, data: bytes) -> Scan:
        """The image in `data`, the bytes of `file`; raises what `read_scan` raises."""
        scan = read_scan(data)
        siblings = self._files.get(os.path.dirname(file), [])
        if file == "-" or len(siblings) < 2 or not depth.estimated(scan):
            return scan
        key = os.path.dirname(file), scan.source_format
        if key not in self._extents:
            self._extents[key] = [self._extent(sibling, scan.source_format) for sibling in siblings]
        return depth.widened(scan, self._extents[key])

    def _extent(self, file: str, source_format: str) -> depth.Extent | None:
        try:
            data = self._source(file)
            return depth.extent(read_scan(data)) if raster.format_of(data) == source_format else None
        except ScanError:
            return None  # its own line says why
