"""What becomes of a scan on its way to the network, step by step, with the numbers of each."""

from dataclasses import dataclass

import cv2
import numpy as np

from core.imaging.breast import Box
from core.imaging.filters import apply_filter
from core.imaging.input import Geometry, InputSpec
from core.scans.scan import Scan
from core.scans.windows import LookupWindow

SIDE = 360  # pixels on the longer side of a step's image; the last one keeps its own size


@dataclass(frozen=True, eq=False)
class Step:
    """One step: its name, its numbers as (what, value), and the image after it, uint8 (H, W), 255 = brightest."""

    name: str
    facts: tuple[tuple[str, str], ...]
    image: np.ndarray


def steps(scan: Scan, spec: InputSpec) -> tuple[Step, ...]:
    """The way of `InputSpec.prepare` in seven steps: stored values, window, crop, orientation, resize, filter, tensor.

    It uses no model. The last image is the tensor's first channel
    at its own size, black at its least and white at its greatest value.
    """
    display = scan.display()
    grid, geometry = spec.grid(scan, display)
    tensor = spec.finish(grid)
    c, display = geometry.crop, geometry.turn.apply(display)
    crop = _small(display[c.top : c.bottom, c.left : c.right])
    turned = crop[:, ::-1] if geometry.flipped else crop
    unfiltered = grid.astype(np.float32) / 65535
    filtered = apply_filter(unfiltered, spec.filter)
    return (
        Step("Stored values", _stored(scan), _grey(_stretched(_small(scan.values.astype(np.float32))))),
        Step("Window", _window(scan), _framed(display, c)),
        Step("Crop", _crop(scan, spec, c), _grey(crop)),
        Step("Orientation", (("chest wall", "moved to the left: mirrored" if geometry.flipped else "left as it is"),), _grey(turned)),
        Step("Resize", _resize(scan, spec, geometry), _grey(_small(unfiltered))),
        Step("Filter", _filter(spec, unfiltered, filtered), _grey(_small(filtered))),
        Step("Tensor", _tensor(tensor), _grey(_stretched(tensor[0]))),
    )


def _stored(scan: Scan) -> tuple[tuple[str, str], ...]:
    return (
        ("file", f"{scan.source_format}, {scan.shape[0]} rows × {scan.shape[1]} columns"),
        ("bits stored", str(scan.bits)),
        ("range", f"{scan.values.min():g} to {scan.values.max():g}"),
        ("low values are", "dense tissue: inverted after the window" if scan.inverted else "dark: not inverted"),
    )


def _window(scan: Scan) -> tuple[tuple[str, str], ...]:
    window = scan.windows[0]
    kind: tuple[tuple[str, str], ...]
    if isinstance(window, LookupWindow):
        kind = (("table", f"{len(window.table)} entries from the value {window.first}"),)
    else:
        kind = (("function", window.function), ("centre, width", f"{window.center:g}, {window.width:g}"))
    return (*kind, *((("name", window.name),) if window.name else ()), ("gives", "brightness from 0 to 1, 1 = dense"))


def _crop(scan: Scan, spec: InputSpec, box: Box) -> tuple[tuple[str, str], ...]:
    share = box.height * box.width / (scan.shape[0] * scan.shape[1])
    return (
        ("rule", "box round the breast" if spec.crop == "breast" else "none"),
        ("rows", f"{box.top} to {box.bottom}"),
        ("columns", f"{box.left} to {box.right}"),
        ("keeps", f"{share:.0%} of the image"),
    )


def _resize(scan: Scan, spec: InputSpec, geometry: Geometry) -> tuple[tuple[str, str], ...]:
    c, p = geometry.crop, geometry.placed
    microns = geometry.microns(scan.spacing_mm)
    rest = 1 - p.height * p.width / (geometry.grid[0] * geometry.grid[1])
    return (
        ("grid", f"{geometry.grid[0]} rows × {geometry.grid[1]} columns"),
        ("factor", f"{p.height / c.height:.3f} down, {p.width / c.width:.3f} across"),
        ("one pixel is", f"{microns:.0f} µm (est.)" if microns else "of unknown size: not stated in the file"),
        ("black rest", f"{rest:.0%}" if spec.resize == "letterbox" else "none: stretched to fill"),
    )


def _filter(spec: InputSpec, before: np.ndarray, after: np.ndarray) -> tuple[tuple[str, str], ...]:
    return (("filter", spec.filter), ("mean change", f"{np.abs(after - before).mean():.4f}"))


def _tensor(tensor: np.ndarray) -> tuple[tuple[str, str], ...]:
    channels, rows, cols = tensor.shape
    return (
        ("channels × rows × columns", f"{channels} × {rows} × {cols}" + (", all channels equal" if _equal(tensor) else "")),
        ("mean", ", ".join(f"{c.mean():.3f}" for c in _distinct(tensor))),
        ("standard deviation", ", ".join(f"{c.std():.3f}" for c in _distinct(tensor))),
        ("range", ", ".join(f"{c.min():.3f} to {c.max():.3f}" for c in _distinct(tensor))),
    )


def _equal(tensor: np.ndarray) -> bool:
    return len(tensor) > 1 and bool((tensor == tensor[:1]).all())


def _distinct(tensor: np.ndarray) -> np.ndarray:
    """The channels that differ: one where all are equal."""
    return tensor[:1] if _equal(tensor) else tensor


def _small(image: np.ndarray) -> np.ndarray:
    scale = SIDE / max(image.shape)
    if scale >= 1:
        return image
    rows, cols = (max(1, round(n * scale)) for n in image.shape)
    return cv2.resize(image, (cols, rows), interpolation=cv2.INTER_AREA)


def _framed(display: np.ndarray, box: Box) -> np.ndarray:
    """The whole image with the crop's box drawn round it."""
    small = _grey(_small(display))
    y, x = small.shape[0] / display.shape[0], small.shape[1] / display.shape[1]
    corners = (int(box.left * x), int(box.top * y)), (int(box.right * x) - 1, int(box.bottom * y) - 1)
    return cv2.rectangle(small, *corners, 255, 1)


def _stretched(values: np.ndarray) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


def _grey(brightness: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(brightness, 0, 1) * 255).astype(np.uint8)
