"""The samples of an image file, and how they become one grey image."""

import struct
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.errors import ScanError

MAX_PIXELS = 100_000_000
COLOUR_STEP = 24 / 255  # difference between the channels of a pixel from which it counts as coloured; JPEG makes up to about 10 / 255
TINTED = 6 / 255  # in one pixel of ten; above what JPEG makes of grey
# EXIF 2.32, 4.6.4.A, tag 0112 (the same numbers in TIFF 6.0, tag 274): what is done to show the image upright.
ORIENTATIONS = {
    2: "mirrored left to right",
    3: "turned by 180°",
    4: "mirrored top to bottom",
    5: "turned by 90° and mirrored",
    6: "turned by 90° clockwise",
    7: "turned by 90° and mirrored",
    8: "turned by 90° counter-clockwise",
}


@dataclass(frozen=True)
class Samples:
    """What a file stores, before it is one grey image.

    Attributes
    ----------
    values : ndarray, shape (H, W) or (H, W, 3)
        Unsigned integers or float32; grey or RGB.
    bits : int
        Bits a sample that the file really stores.
    white : float or None
        The value of full brightness where the format or the file states it, else None.
    black : float
        The value of no brightness.
    alpha : ndarray or None
        Opacity in [0, 1], shape (H, W).
    inverted : bool or None
        Whether low values are bright; None where the format leaves it to convention.
    orientation : int
        EXIF orientation, 1 to 8.
    camera : bool
        EXIF says that a camera with a lens took the image.
    dpi : float
        Pixels an inch that the file states, 0 where it states none.
    synthetic : bool
        The file's text says so.
    notes : tuple of str
        What had to be assumed.
    """

    values: np.ndarray
    bits: int
    white: float | None = None
    black: float = 0.0
    alpha: np.ndarray | None = None
    inverted: bool | None = None
    orientation: int = 1
    camera: bool = False
    dpi: float = 0.0
    synthetic: bool = False
    notes: tuple[str, ...] = ()

    def grey(self) -> tuple[np.ndarray, float, tuple[str, ...]]:
        """Upright grey values, uint16 or float32 (H, W), the share of clearly coloured pixels, and what was done to get there."""
        values, colour, notes = self.values, 0.0, list(self.notes)
        if values.ndim == 3:
            full = self.white or float(values.max())
            values, colour, tint = _luminance(values, full)
            if not colour and not tint:
                notes.append("The file stores grey as colour; it was read as grey.")
            elif colour or tint > TINTED:
                notes.append(f"{'Colours are' if colour else 'A tint is'} converted to grey (ITU-R BT.601).")
        if self.alpha is not None and (self.alpha < 1).any():
            air = (self.white or float(np.iinfo(values.dtype).max)) if self.inverted else 0.0
            shown = np.rint(values * self.alpha + air * (1 - self.alpha)).astype(values.dtype)
            if not np.array_equal(shown, values):
                values = shown
                notes.append("Transparent pixels are shown black.")
        if self.orientation in ORIENTATIONS:
            values = upright(values, self.orientation)
            notes.append(f"The image is {ORIENTATIONS[self.orientation]}, as its orientation tag (EXIF) says.")
        return np.ascontiguousarray(values, np.float32 if values.dtype.kind == "f" else np.uint16), colour, tuple(notes)


def upright(values: np.ndarray, orientation: int) -> np.ndarray:
    """Stored rows and columns (H, W, …) as they are meant to be seen, by EXIF orientation 1 to 8."""
    if orientation >= 5:
        values = values.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        values = values[::-1]
    return values[:, ::-1] if orientation in (2, 3, 6, 7) else values


def exif(image: Image.Image) -> tuple[int, bool]:
    """Orientation (tag 0112), and whether there is an F number or focal length (829D, 920A); (1, False) where EXIF cannot be read."""
    try:
        tags = image.getexif()
        lens = tags.get_ifd(0x8769)
        return int(tags.get(0x0112, 1)), 0x829D in lens or 0x920A in lens
    except (SyntaxError, ValueError, TypeError, KeyError, OSError, struct.error):
        return 1, False


def check_size(width: int, height: int) -> None:
    """Refuse an image without pixels or with more than `MAX_PIXELS`, before anything is decoded."""
    if width < 1 or height < 1 or width * height > MAX_PIXELS:
        raise ScanError(
            f"The image has {width} × {height} pixels; at most {MAX_PIXELS // 10**6} million are read.", "Upload one view at its own size."
        )


def _luminance(rgb: np.ndarray, full: float) -> tuple[np.ndarray, float, float]:
    """ITU-R BT.601 luminance of integer RGB (rounded as Pillow does), the share of clearly coloured pixels, and the usual tint, 0 to 1."""
    small = rgb[:: max(1, rgb.shape[0] // 512), :: max(1, rgb.shape[1] // 512)].astype(np.int32)
    spread = np.ptp(small, axis=2) / max(full, 1)
    r, g, b = (rgb[..., i].astype(np.uint32) for i in range(3))
    grey = ((r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16).astype(np.uint16)
    return grey, float((spread > COLOUR_STEP).mean()), float(np.percentile(spread, 90))
