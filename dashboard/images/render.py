"""Scans as bytes for the browser. Pure functions."""

import base64
from dataclasses import replace

import cv2
import numpy as np

from core.imaging.hanging import chest_wall_in
from core.inference.evidence import Evidence
from core.inference.overlay import INFERNO, hung_overlay
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


def grey(display: np.ndarray) -> np.ndarray:
    """uint8 (H, W) of a brightness in [0, 1]."""
    return np.rint(display * 255).astype(np.uint8)


def thumbnail(scan: Scan) -> bytes:
    """A small JPEG for the case list, turned as the view hangs."""
    step = max(1, min(scan.shape) // 400)
    rough = replace(scan, values=np.ascontiguousarray(scan.values[::step, ::step])).display()
    return jpeg(shrink(grey(chest_wall_in(scan, rough).apply(rough)), THUMBNAIL))


def jpeg(image: np.ndarray) -> bytes:
    """JPEG bytes of uint8 (H, W), or (H, W, 3) in OpenCV's order."""
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()


def heat_png(relative: np.ndarray) -> bytes:
    """Transparent inferno PNG of a map in [0, 1] (H, W): no colour where there is no evidence."""
    level = np.rint(_unit(shrink(relative, HEAT)) * 255).astype(np.uint8)
    rgb = INFERNO[level]
    return cv2.imencode(".png", np.dstack([rgb[..., ::-1], level]))[1].tobytes()


def heat_grid(relative: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The same map as little-endian uint16 (h, w), 65535 = 1, at most `HEAT` pixels on the longer side.

    `inside` is the breast, bool (H, W): a pixel of the grid that is not wholly inside is 0, and so is its neighbour, since the browser
    draws between them.
    """
    whole = (shrink(inside.astype(np.float32), HEAT) > 0.999).astype(np.uint8)
    kept = cv2.erode(whole, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE)
    return np.rint(_unit(shrink(relative, HEAT)) * kept * 65535).astype("<u2")


def _unit(values: np.ndarray) -> np.ndarray:
    """In [0, 1]; what is not a number is no evidence."""
    return np.clip(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0), 0, 1)


def data_uri(data: bytes, kind: str) -> str:
    """A data: address, so that a figure needs no second request."""
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def export_png(scan: Scan, evidence: Evidence | None, opacity: float, caption: str) -> bytes:
    """A PNG to take away: the image as it hangs, its heatmap where shown, and in its pixels what it is. No name, no date."""
    out = hung_overlay(scan, evidence, opacity)
    out = stamp(out, ("SYNTHETIC - " if scan.synthetic else "") + "RESEARCH USE ONLY", "bottom-left")
    out = stamp(out, caption, "top-left")
    return cv2.imencode(".png", out[..., ::-1])[1].tobytes()
