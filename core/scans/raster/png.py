"""PNG files. Source: PNG Specification, third edition (W3C, 2025)."""

import io
import struct
from collections.abc import Iterator

import imagecodecs
import numpy as np
from PIL import Image

from core.errors import ScanError
from core.scans.raster.samples import Samples, check_size, exif

MAGIC = b"\x89PNG\r\n\x1a\n"
_GREY, _GREY_ALPHA, _PALETTE = 0, 4, 3  # colour types, 11.2.1
_USUAL_GAMMA = range(40000, 50001)  # × 100,000; 45455 is what sRGB files state


def read(data: bytes) -> Samples:
    """Samples with all their bits; sBIT and gAMA are read, alpha is returned apart."""
    chunks = dict(_chunks(data))
    if len(chunks.get(b"IHDR", b"")) != 13:
        raise ScanError("The PNG header is damaged.", "Export the image again.")
    width, height, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    check_size(width, height)
    notes = []
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        if getattr(image, "n_frames", 1) > 1:
            raise ScanError("The file holds several images (an animated PNG).", "Save each view as a file of its own.")
        synthetic = any("synthetic" in str(key).lower() for key in image.info)
        if depth == 16 and colour != _GREY:
            values, alpha = _split(imagecodecs.png_decode(data))  # Pillow keeps 8 of these 16 bits
        else:
            values, alpha = _decoded(image)
        orientation, camera = exif(image)
        dpi = max(image.info.get("dpi", (0.0,)))
    gamma = struct.unpack(">I", chunks[b"gAMA"])[0] if len(chunks.get(b"gAMA", b"")) == 4 else 45455
    if gamma not in _USUAL_GAMMA:
        notes.append(f"The PNG file states a gamma of {gamma / 100000:g}; it is not applied, the stored values are shown.")
    significant = max(chunks.get(b"sBIT", b"") or b"\0")
    white, note = _white(values, depth, significant)
    bits = 8 if colour == _PALETTE else min(depth, significant or depth)
    return Samples(
        values, bits, white, alpha=alpha, orientation=orientation, camera=camera, dpi=dpi, synthetic=synthetic, notes=(*note, *notes)
    )


def _white(values: np.ndarray, depth: int, significant: int) -> tuple[float | None, tuple[str, ...]]:
    """Full brightness; None where a 16-bit file does not state how many bits it uses.

    By 11.3.2.7 (sBIT) and 13.12 a sample of fewer bits is scaled up to the file's depth. Some writers state the bits
    and leave the values where they were: then the lowest bits, which scaling fills from the highest, say so.
    """
    if depth < 16:
        return 255.0, ()  # 1, 2 and 4 bits are scaled to 8 on decoding
    if not 0 < significant < 16:
        return None if significant == 0 else 65535.0, ()
    top = 2**significant - 1
    if values.max() <= top and (values & (2 ** (16 - significant) - 1)).any():
        said = f"The PNG file states {significant} significant bits (sBIT) and does not scale them to 16: brightness runs from 0 to {top}."
        return float(top), (said,)
    return 65535.0, ()


def _decoded(image: Image.Image) -> tuple[np.ndarray, np.ndarray | None]:
    """Up to 8 bits, or 16-bit grey."""
    key = image.info.get("transparency")
    if image.mode == "I" or image.mode.startswith("I;16"):
        values = np.asarray(image).astype(np.uint16)
        return values, (values != key).astype(np.float32) if isinstance(key, int) else None
    grey = image.mode in ("1", "L", "LA")
    if image.mode in ("LA", "PA", "RGBA") or key is not None:
        return _split(np.asarray(image.convert("LA" if grey else "RGBA")))
    return np.asarray(image.convert("L" if grey else "RGB")), None


def _split(values: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """(H, W, 1 to 4) → grey or RGB, and opacity."""
    channels = values.shape[2] if values.ndim == 3 else 1
    if channels in (1, 3):
        return values.squeeze(), None
    alpha = values[..., -1] / np.float32(np.iinfo(values.dtype).max)
    return values[..., 0] if channels == 2 else values[..., :3], alpha


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, content) of the chunks before the pixels."""
    at = len(MAGIC)
    while at + 8 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        if kind in (b"IDAT", b"IEND"):
            return
        yield kind, data[at + 8 : at + 8 + length]
        at += length + 12
