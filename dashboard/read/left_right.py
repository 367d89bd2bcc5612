"""Asymmetry: what each breast has more or less of than the other one, as an overlay of the viewer. No model runs."""

from collections.abc import Sequence
from functools import partial
from itertools import product

import numpy as np

from core.errors import ScanError
from core.imaging.asymmetry import Asymmetry
from core.scans import Scan
from core.scans.scan import Laterality
from dashboard.cache import predictions
from dashboard.cache.pixels import Ledger
from dashboard.images.render import HEAT, shrink, shrunk
from dashboard.phrases import read as text
from dashboard.session.worklist import Case
from dashboard.viewer.study import Overlay

FULL = 3.0  # standard deviations at which the colour is full
NONE = 32768  # the stored value of no difference


def overlays(views: Sequence[Case], ledger: Ledger, browser: str) -> dict[str, Overlay]:
    """Key of a view → its overlay, for those with a partner on the other side; computed when the viewer asks for it."""
    found: dict[str, Overlay] = {}
    for left, right in product(views, views):
        if (left.scan.laterality, right.scan.laterality) != ("L", "R") or left.scan.view is None or left.scan.view != right.scan.view:
            continue
        if left.key in found or right.key in found:
            continue  # the first of each place hangs
        sides: tuple[tuple[Laterality, Case], ...] = (("L", left), ("R", right))
        for side, case in sides:
            rows, cols = shrunk(predictions.hanging(case.scan).turn.shape(case.scan.shape), HEAT)
            make = partial(overlay_bytes, left.scan, right.scan, side)
            url = ledger.address(browser, case.key, "asymmetry", left.key + right.key, make)
            found[case.key] = {"url": url, "rows": rows, "cols": cols}
    return found


def overlay_bytes(left: Scan, right: Scan, side: Laterality) -> bytes:
    """This side less the other over its scan as it hangs: uint16 row by row, little-endian, then a sentence in UTF-8."""
    scan = left if side == "L" else right
    turn = predictions.hanging(scan).turn
    try:
        found = predictions.asymmetry(left, right)
    except ScanError as e:
        return np.full(shrunk(turn.shape(scan.shape), HEAT), NONE, "<u2").tobytes() + e.what.encode()
    small = turn.apply(shrink(found.over(side), HEAT))
    levels = np.rint(NONE + np.clip(small / FULL, -1, 1) * (NONE - 1)).astype("<u2")
    return levels.tobytes() + _sentence(found).encode()


def _sentence(found: Asymmetry) -> str:
    row, col = np.unravel_index(np.abs(found.difference).argmax(), found.difference.shape)
    return text.asymmetry(float(found.difference[row, col]), _where(int(row), int(col), found.inside), found.overlap)


def _where(row: int, col: int, inside: np.ndarray) -> str:
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    down = (row - rows[0]) / max(1, rows[-1] - rows[0])
    across = (col - columns[0]) / max(1, columns[-1] - columns[0])
    third = ("upper", "middle", "lower")[min(2, int(3 * down))]
    return f"{third} third of the image, {'near the chest wall' if across < 0.5 else 'towards the nipple'}"
