"""A filtered image minus its original, in a diverging colour map. Pure functions."""

from dataclasses import dataclass

import cv2
import numpy as np

SIDE = 420  # pixels on the longer side of the image sent to the browser
QUANTILE = 0.995  # of the changes that are not 0: a few large ones must not darken all others
DARKER, SAME, BRIGHTER = (72, 149, 239), (22, 25, 27), (247, 153, 57)  # RGB; blue and orange are told apart without colour vision


@dataclass(frozen=True)
class Difference:
    """A PNG and the size of change, in brightness from 0 to 1, at which its colours are full: the scale is −limit to +limit."""

    png: bytes
    limit: float


def difference(image: np.ndarray, original: np.ndarray) -> Difference | None:
    """Where an image got darker (blue) and brighter (orange) than its original, both float32 (H, W) in [0, 1]; None where nowhere."""
    change = image.astype(np.float32) - original
    changed = np.abs(change[change != 0])
    if changed.size == 0:
        return None
    limit = float(np.quantile(changed, QUANTILE))
    scale = min(1.0, SIDE / max(change.shape))
    small = cv2.resize(change, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    colours = COLOURS[np.rint(127.5 + 127.5 * np.clip(small / limit, -1, 1)).astype(np.uint8)]
    return Difference(cv2.imencode(".png", colours[..., ::-1])[1].tobytes(), limit)


def _ramp() -> np.ndarray:
    stops = np.array([DARKER, SAME, BRIGHTER], float)
    at = np.linspace(0, 2, 256)
    return np.stack([np.interp(at, (0, 1, 2), channel) for channel in stops.T], 1).round().astype(np.uint8)


COLOURS = _ramp()  # uint8 RGB (256, 3): a change of −limit first, of +limit last
COLOURS.setflags(write=False)
