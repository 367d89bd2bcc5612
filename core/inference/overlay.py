"""A heatmap laid over an image. Pure functions; no torch."""

import cv2
import numpy as np

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
