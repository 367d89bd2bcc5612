"""A heatmap laid over an image. Pure functions; no torch."""

import cv2
import numpy as np

from core.inference.saliency import Saliency
from core.scans.scan import Scan
from core.scans.stamp import stamp

IMAGE_SIDE = 2048  # longer side of a heatmap image, pixels

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


def heatmap_png(scan: Scan, saliency: Saliency, opacity: float = 0.5) -> bytes:
    """The scan under its heatmap as PNG, longer side at most `IMAGE_SIDE`, stamped; holds no other words than the stamps."""
    h, w = scan.shape
    scale = min(1.0, IMAGE_SIDE / max(h, w))
    size = (max(1, round(w * scale)), max(1, round(h * scale)))
    display = cv2.resize(scan.display(), size, interpolation=cv2.INTER_AREA)
    image = overlay(display, cv2.resize(saliency.relative(), size, interpolation=cv2.INTER_AREA), opacity)
    image = stamp(image, "RESEARCH USE ONLY", corner="top-left")  # at the bottom phantoms say what they are
    if saliency.peak <= 0:
        image = stamp(image, "NO POSITIVE EVIDENCE", corner="top-right")
    return cv2.imencode(".png", image[..., ::-1])[1].tobytes()
