"""Is an image without a header a negative? Flat white background around a darker breast."""

import cv2
import numpy as np

SIDE = 128
NEAR = 0.12  # of the range between the darkest and the brightest: still background
# Local standard deviation below which nothing is seen but background. Digital white is flatter than the
# noisy black of a scanned film; tissue of a dark breast on white has more than either.
FLAT_WHITE, FLAT_BLACK = 0.012, 0.025


def looks_inverted(display: np.ndarray) -> bool:
    """True where an image, float32 (H, W) in [0, 1], is shown with its background white.

    Background is flat, lies at one end of the brightness range and touches the border along a good
    length. Tissue that touches the border (chest wall, an implant) is bright or dark too, but textured;
    an implant, flat and white, is smaller than the black background.
    """
    small = cv2.resize(display, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    low, high = np.percentile(small, (0.5, 99.5))
    if high - low < 0.05:
        return False
    small = np.clip((small - low) / (high - low), 0, 1)
    mean, square = cv2.blur(small, (5, 5)), cv2.blur(small * small, (5, 5))
    spread = np.sqrt(np.maximum(square - mean * mean, 0))
    white = _joined_to_border((spread < FLAT_WHITE) & (small > 1 - NEAR))
    return white > max(0.04, _joined_to_border((spread < FLAT_BLACK) & (small < NEAR)))


def _joined_to_border(mask: np.ndarray) -> float:
    """Share of the image covered by parts of `mask` that touch the border along a good length."""
    n, parts = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    edge = np.concatenate([parts[0], parts[-1], parts[1:-1, 0], parts[1:-1, -1]])
    length = np.bincount(edge, minlength=n)
    area = np.bincount(parts.ravel(), minlength=n)
    joined = (length >= SIDE // 8) & (np.arange(n) > 0)
    return float(area[joined].sum() / parts.size)
