"""Words in the pixels: SYNTHETIC on every phantom, RESEARCH USE ONLY on every export.

The SYNTHETIC stamp has a bar code next to the word, so that a phantom is known as such even after its
header was lost in a conversion to JPEG, a resize or a mirror.
"""

import cv2
import numpy as np

# A Barker code of length 13 (Barker 1953), twice, with a guard: its autocorrelation is low at every shift,
# so texture, lettering and rulers do not look like it.
_BARKER = (1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1)
CODE = np.array([0, *_BARKER, 0, 0, *_BARKER[::-1], 0], np.float32)
CODE_WIDTH = 1 / 4  # of the image's width
CODE_HEIGHT = 1 / 64  # of the image's height
_MATCH = 0.80


def stamp(pixels: np.ndarray, text: str, corner: str = "bottom-left") -> np.ndarray:
    """A copy of `pixels`, uint8 (H, W) or (H, W, 3), with `text` in a dark box in a corner.

    `corner` is "top" or "bottom", a dash, "left" or "right".
    """
    out = np.array(pixels)
    word = _word(text, out.shape[0], out.shape[1] - 8)
    h, w = word.shape
    top = 4 if corner.startswith("top") else out.shape[0] - h - 4
    left = 4 if corner.endswith("left") else out.shape[1] - w - 4
    _paste(out, word, max(0, top), max(0, left), 255)
    return out


def stamp_synthetic(pixels: np.ndarray, chest_left: bool, bright: int) -> np.ndarray:
    """A copy of a phantom (H, W) with the word SYNTHETIC and the bar code, away from the chest wall, at the bottom.

    `bright` is the value of white. It must not depend on the image: a stamp as bright as the brightest
    speck would show a model that there is one.
    """
    h, w = pixels.shape
    out = np.array(pixels)
    bars = _bars(h, w)
    word = _word("SYNTHETIC", h, bars.shape[1])
    margin = max(2, h // 100)
    top = h - margin - bars.shape[0]
    left = w - margin - bars.shape[1] if chest_left else margin
    _paste(out, bars, top, left, bright)
    _paste(out, word, top - word.shape[0] - 1, left, bright)
    return out


def has_synthetic_stamp(display: np.ndarray) -> bool:
    """True where an image, float32 (H, W) in [0, 1], shows the bar code of `stamp_synthetic`.

    Looks along the bottom and top edge, both ways round and in both polarities, by the correlation of
    row averages with the code at the size it must have.
    """
    h, w = display.shape
    if min(h, w) < 128:
        return False
    grid = cv2.resize(display, (len(CODE) * 4 * 4, 512), interpolation=cv2.INTER_AREA)  # 4 samples a module, code = 1/4 of the width
    template = np.repeat(CODE, 4)
    for band in (grid[-24:], grid[:24]):
        for rows in np.lib.stride_tricks.sliding_window_view(band, 4, axis=0).mean(-1):
            if max(_peak(rows, template), _peak(rows[::-1], template)) > _MATCH:
                return True
    return False


def _peak(row: np.ndarray, template: np.ndarray) -> float:
    """Largest absolute correlation of a row with the template; flat stretches count as none."""
    views = np.lib.stride_tricks.sliding_window_view(row, len(template))
    centred = views - views.mean(1, keepdims=True)
    spread = np.sqrt((centred**2).sum(1))
    t = template - template.mean()
    good = spread > 0.15 * np.sqrt(len(template))  # strong black and white, not texture
    r = np.abs(centred @ t) / (np.where(good, spread, np.inf) * np.sqrt((t**2).sum()))
    return float(r.max())


def _bars(h: int, w: int) -> np.ndarray:
    height, width = max(6, round(h * CODE_HEIGHT)), max(len(CODE), round(w * CODE_WIDTH))
    edges = np.floor(np.arange(width) * len(CODE) / width).astype(int)
    return np.tile(CODE[edges], (height, 1))


def _word(text: str, height: int, max_width: int) -> np.ndarray:
    """White lettering on black, float32 in [0, 1]; letters about 1/48 of `height` but at least 10 pixels high."""
    face, size = cv2.FONT_HERSHEY_SIMPLEX, max(10, height // 48)
    scale = cv2.getFontScaleFromHeight(face, size, 1)
    (w, h), base = cv2.getTextSize(text, face, scale, 1)
    if w + 8 > max_width:
        scale *= max_width / (w + 8)
        (w, h), base = cv2.getTextSize(text, face, scale, 1)
    thick = max(1, round(size / 14))
    canvas = np.zeros((h + base + 6, w + 8), np.uint8)
    cv2.putText(canvas, text, (4, h + 3), face, scale, 255, thick, cv2.LINE_AA)
    return canvas.astype(np.float32) / 255


def _paste(out: np.ndarray, image: np.ndarray, top: int, left: int, bright: int) -> None:
    """Write an image in [0, 1] into `out`, in place; 1 becomes `bright`."""
    part = out[top : top + image.shape[0], left : left + image.shape[1]]
    value = image[: part.shape[0], : part.shape[1]] * bright
    part[:] = (value if out.ndim == 2 else value[..., None]).astype(out.dtype)
