"""Regular stripes: the moiré of a photographed screen, lines of a scanner or of an anti-scatter grid."""

import cv2
import numpy as np

WIDTH = 256  # pixels of each line that are looked at, where the image is brightest
LINES = 512
LONGEST = 32  # pixels a period; tissue and margins vary more slowly
# Power of one period over its neighbours'. Of 150 mammograms and scanned films the largest was 6; the pattern of a screen has hundreds.
PEAK = 20.0
_TISSUE = 0.08  # brightness


def has_stripes(display: np.ndarray) -> bool:
    """True where an image, float32 (H, W) in [0, 1], has one sharp period along its rows or its columns, anywhere in the tissue."""
    return any(_peak(lines) > PEAK for lines in (display, display.T))


def _peak(lines: np.ndarray) -> float:
    """Largest power of a period over the median of the periods around it; 0 where there is too little tissue."""
    n = min(WIDTH, lines.shape[1])
    brightness = np.cumsum(np.pad(lines.mean(0), (1, 0)))
    start = int(np.argmax(brightness[n:] - brightness[:-n]))
    part = lines[:: max(1, lines.shape[0] // LINES), start : start + n]
    part = part[(part > _TISSUE).mean(1) > 0.8]
    if len(part) < 32 or n < 128:
        return 0.0
    part = np.log(np.maximum(part, _TISSUE / 2))  # a screen's pattern multiplies the image
    part -= cv2.blur(part, (LONGEST + 1, 1))
    power = (np.abs(np.fft.rfft(part * np.hanning(n), axis=1)) ** 2).mean(0)
    around = np.median(np.lib.stride_tricks.sliding_window_view(np.pad(power, 12, mode="reflect"), 25), axis=1)
    return float((power / np.maximum(around, 1e-12))[n // LONGEST :].max())
