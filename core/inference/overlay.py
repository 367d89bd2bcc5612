"""A heatmap laid over an image. Pure functions; no torch."""

import cv2
import numpy as np

from core.imaging.hanging import Hanging
from core.inference.evidence import CONTOUR, Evidence
from core.scans.scan import Scan
from core.scans.stamp import stamp

IMAGE_SIDE = 2048  # longer side of a heatmap image, pixels
LINE = (255, 244, 214)  # of the contour, RGB

# Perceptually even and readable without colour vision; jet, the CAM library's default, invents edges.
INFERNO = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_INFERNO)[:, 0, ::-1].copy()
INFERNO.setflags(write=False)


def colour(relative: np.ndarray) -> np.ndarray:
    """Inferno colours, uint8 RGB (H, W, 3), of a map in [0, 1] (H, W)."""
    return INFERNO[np.rint(np.clip(relative, 0, 1) * 255).astype(np.uint8)]


def overlay(display: np.ndarray, relative: np.ndarray, opacity: float = 0.5) -> np.ndarray:
    """The image with the map over it, uint8 RGB (H, W, 3).

    Parameters
    ----------
    display, relative : ndarray, float32, shape (H, W), in [0, 1]
    opacity : float
        Share of the colour where the map is 1. Where it is 0 the image stays untouched.
    """
    grey = np.clip(display, 0, 1)[..., None] * np.float32(255)
    share = np.clip(relative, 0, 1)[..., None] * np.float32(opacity)
    return np.rint(grey + share * (colour(relative) - grey)).astype(np.uint8)


def colour_bar(height: int, width: int) -> np.ndarray:
    """Colour bar, uint8 RGB (height, width, 3), hot at the top."""
    column = colour(np.linspace(1, 0, height, dtype=np.float32)[:, None])
    return np.repeat(column, width, axis=1)


def hung_overlay(scan: Scan, evidence: Evidence | None, opacity: float = 0.5, side: int = IMAGE_SIDE) -> np.ndarray:
    """The scan as it hangs, under its heatmap with one contour at half the peak: uint8 RGB, longer side at most `side`."""
    scale = min(1.0, side / max(scan.shape))
    size = (max(1, round(scan.shape[1] * scale)), max(1, round(scan.shape[0] * scale)))
    turn = Hanging.of(scan).turn
    display = turn.apply(cv2.resize(scan.display(), size, interpolation=cv2.INTER_AREA))
    if evidence is None or not evidence.drawn:
        return overlay(display, np.zeros_like(display))
    inside = cv2.resize(evidence.saliency.geometry.inside_scan().astype(np.float32), size, interpolation=cv2.INTER_AREA)
    level = turn.apply(cv2.resize(evidence.level(), size, interpolation=cv2.INTER_AREA) * (inside > 0.999))
    return contour(overlay(display, level, opacity), level)


def contour(image: np.ndarray, level: np.ndarray) -> np.ndarray:
    """A copy of an image, uint8 RGB (H, W, 3), with the line at `CONTOUR` of the peak of a map, float32 (H, W)."""
    inside = (level >= CONTOUR * level.max()).astype(np.uint8) if level.max() > 0 else np.zeros(level.shape, np.uint8)
    lines, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(np.ascontiguousarray(image), lines, -1, LINE, max(1, round(max(level.shape) / 1000)), cv2.LINE_8)


def heatmap_png(scan: Scan, evidence: Evidence, opacity: float = 0.5) -> bytes:
    """`hung_overlay` as PNG, stamped; holds no other words than the stamps."""
    image = hung_overlay(scan, evidence, opacity)
    image = stamp(image, "RESEARCH USE ONLY", corner="top-left")  # at the bottom phantoms say what they are
    if evidence.full <= 0:
        image = stamp(image, "NO POSITIVE EVIDENCE", corner="top-right")
    elif evidence.weak:
        image = stamp(image, "BELOW THRESHOLD", corner="top-right")
    return cv2.imencode(".png", image[..., ::-1])[1].tobytes()
