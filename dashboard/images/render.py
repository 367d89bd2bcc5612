"""Scans as bytes for the browser. Pure functions."""

import base64

import cv2
import numpy as np

from core.inference.overlay import INFERNO, overlay
from core.scans import Scan
from core.scans.stamp import stamp

SCREEN = 1600  # pixels on the longer side of an image sent to the browser
HEAT = 640  # pixels on the longer side of a heatmap; the network's own grid is far coarser
THUMBNAIL = 88
QUALITY = 92


def shrink(image: np.ndarray, side: int = SCREEN) -> np.ndarray:
    """Area-averaged to at most `side` pixels on the longer side."""
    rows, cols = shrunk(image.shape[:2], side)
    if (rows, cols) == image.shape[:2]:
        return image
    return cv2.resize(image, (cols, rows), interpolation=cv2.INTER_AREA)


def shrunk(shape: tuple[int, int], side: int) -> tuple[int, int]:
    """(rows, columns) of an image of `shape` with at most `side` on the longer side."""
    scale = min(1.0, side / max(shape))
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def grey(display: np.ndarray, invert: bool = False) -> np.ndarray:
    """uint8 (H, W) of a brightness in [0, 1]."""
    return np.rint((1 - display if invert else display) * 255).astype(np.uint8)


def thumbnail(scan: Scan) -> bytes:
    """A small JPEG for the case list."""
    step = max(1, min(scan.shape) // 400)
    rough = scan.windows[0].apply(scan.values[::step, ::step])
    return jpeg(shrink(grey(rough, scan.inverted), THUMBNAIL))


def overlaid(display: np.ndarray, relative: np.ndarray) -> np.ndarray:
    """A brightness in [0, 1] (H, W) with a map of any size over it: uint8 (H, W, 3), as `jpeg` takes it."""
    return overlay(display, cv2.resize(relative, display.shape[::-1], interpolation=cv2.INTER_AREA), 0.6)[..., ::-1]


def jpeg(image: np.ndarray) -> bytes:
    """JPEG bytes of uint8 (H, W), or (H, W, 3) in OpenCV's order."""
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()


def heat_png(relative: np.ndarray) -> bytes:
    """Transparent inferno PNG of a map in [0, 1] (H, W): no colour where there is no evidence."""
    level = np.rint(_unit(shrink(relative, HEAT)) * 255).astype(np.uint8)
    rgb = INFERNO[level]
    return cv2.imencode(".png", np.dstack([rgb[..., ::-1], level]))[1].tobytes()


def heat_grid(relative: np.ndarray) -> np.ndarray:
    """The same map as little-endian uint16 (h, w), 65535 = 1, at most `HEAT` pixels on the longer side."""
    return np.rint(_unit(shrink(relative, HEAT)) * 65535).astype("<u2")


def _unit(values: np.ndarray) -> np.ndarray:
    """In [0, 1]; what is not a number is no evidence."""
    return np.clip(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0), 0, 1)


def data_uri(data: bytes, kind: str) -> str:
    """A data: address, so that a figure needs no second request."""
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def export_png(display: np.ndarray, relative: np.ndarray | None, opacity: float, caption: str, synthetic: bool) -> bytes:
    """A PNG to take away: image, heatmap where shown, and in its pixels what it is. No name, no date."""
    image = shrink(display, 2048)
    size = image.shape[1::-1]
    heat = np.zeros(image.shape, np.float32) if relative is None else cv2.resize(relative, size, interpolation=cv2.INTER_AREA)
    out = overlay(image, heat, opacity)
    out = stamp(out, ("SYNTHETIC - " if synthetic else "") + "RESEARCH USE ONLY", "bottom-left")
    out = stamp(out, caption, "top-left")
    return cv2.imencode(".png", out[..., ::-1])[1].tobytes()
