"""TIFF and BigTIFF files. Source: TIFF 6.0 (Adobe, 1992); tag numbers are its own."""

import io
import logging

import numpy as np
import tifffile

from core.errors import ScanError
from core.scans.raster import jpeg
from core.scans.raster.samples import Samples, check_size

logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # it logs every odd tag; what matters raises, or is checked here

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the last two are BigTIFF
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _YCBCR = 0, 1, 2, 3, 6  # tag 262
_REDUCED, _MASK = 1, 4  # bits of tag 254
_SIGNED, _FLOAT = 2, 3  # tag 339
_JPEG = 7  # tag 259; decoded to grey or RGB
_COMPRESSIONS = (1, 2, 3, 4, 5, _JPEG, 8, 32773, 32946, 34925, 50000)  # whose decoders are bounded by the size of a strip or tile
_GREY_PLEASE = "Save the image as grey with 8 or 16 bits."


def read(data: bytes) -> Samples:
    """The one full-size image of a file; tags decide polarity (262), sign (339), orientation (274) and what is a thumbnail (254)."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page, notes = _full_size([p for p in file.pages if isinstance(p, tifffile.TiffPage)])
        _check(page, data)
        values = page.asarray(maxworkers=1)
        if values.ndim == 3 and page.planarconfig == 2:
            values = np.moveaxis(values, 0, -1)  # tag 284: one plane a channel
        return _samples(page, values, notes)


def _full_size(pages: list[tifffile.TiffPage]) -> tuple[tifffile.TiffPage, list[str]]:
    """The page that is no reduced copy and no mask of another."""
    full = [p for p in pages if not int(p.subfiletype) & (_REDUCED | _MASK) and int(p.tags.valueof(255, 1)) != 2]
    if len(full) != 1:
        many = f"{len(full)} images" if full else "reduced copies only"
        raise ScanError(f"The TIFF file holds {many}.", "Save each view as a file of its own.")
    n = len(pages) - 1
    return full[0], [f"The TIFF file also holds {n} reduced or masking cop{'y' if n == 1 else 'ies'}; ignored."] if n else []


def _check(page: tifffile.TiffPage, data: bytes) -> None:
    """Refuse what is too large, cut off, or no grey or colour image, before anything is decoded."""
    check_size(page.imagewidth, page.imagelength)
    if page.imagedepth != 1 or page.samplesperpixel > 5:
        raise ScanError("The TIFF file holds a volume or a multichannel image.", "Save each view as a file of its own.")
    if page.is_tiled:
        check_size(page.tilewidth, page.tilelength)
    kind = int(page.photometric)
    if kind not in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE) and not (kind == _YCBCR and page.compression == _JPEG):
        name = getattr(page.photometric, "name", str(kind))
        raise ScanError(f"The TIFF file stores its image as {name} (tag 262 is {kind}), which is not read.", _GREY_PLEASE)
    if page.dtype is None or page.dtype.kind not in "bufi":
        raise ScanError(f"The TIFF file stores {page.bitspersample}-bit samples of a kind that is not read.", _GREY_PLEASE)
    if page.compression not in _COMPRESSIONS:
        name = getattr(page.compression, "name", str(page.compression))
        raise ScanError(f"The TIFF file is compressed with {name}, which is not read.", "Save it uncompressed, or with LZW or Deflate.")
    parts = list(zip(page.dataoffsets, page.databytecounts, strict=False))
    if not parts or any(count == 0 or start + count > len(data) for start, count in parts):
        raise ScanError("The TIFF file is cut off: it ends before its pixels do.", "Copy it again from its source.")
    if page.compression == _JPEG:
        for start, count in parts:  # a decoder believes the frame, not the tags
            _, _, rows, columns = jpeg.frame(data[start : start + count])
            check_size(columns, rows)


def _samples(page: tifffile.TiffPage, values: np.ndarray, notes: list[str]) -> Samples:
    kind, bits = int(page.photometric), int(page.bitspersample)
    white: float | None = 2.0**bits - 1 if bits < 16 else None  # a file of 16 bits may hold 12
    black, alpha = 0.0, None
    if kind == _PALETTE:
        values, bits = _coloured(page, values)
        white = 2.0**bits - 1
    elif values.ndim == 3:
        values, alpha = _channels(page, values, notes)
    if page.sampleformat in (_SIGNED, _FLOAT) or values.dtype.itemsize > 2:
        if values.ndim != 2:
            raise ScanError("The TIFF file stores colours as signed, decimal or 32-bit numbers.", _GREY_PLEASE)
        values = _numbers(values, notes)
        black, white = _stated_range(page)
    if page.sampleformat == _SIGNED:
        notes.append("The grey values are signed (tag 339).")
    return Samples(
        values.astype(np.uint8) if values.dtype.kind == "b" else values,
        bits,
        white,
        black,
        alpha,
        inverted=True if kind == _WHITE_IS_ZERO else None,
        orientation=int(page.tags.valueof(274, 1)),
        dpi=max(page.get_resolution("inch")) if 282 in page.tags and page.tags.valueof(296, 2) > 1 else 0.0,
        synthetic="SYNTHETIC" in str(page.tags.valueof(270, "")),
        notes=tuple(notes),
    )


def _coloured(page: tifffile.TiffPage, values: np.ndarray) -> tuple[np.ndarray, int]:
    """RGB through the colour map (tag 320), with 8 bits where it needs no more."""
    table = np.moveaxis(np.asarray(page.colormap), 0, -1)
    if (table % 257 == 0).all():
        return (table // 257).astype(np.uint8)[values], 8
    return table.astype(np.uint8)[values] if table.max() < 256 else table[values], 8 if table.max() < 256 else 16


def _channels(page: tifffile.TiffPage, values: np.ndarray, notes: list[str]) -> tuple[np.ndarray, np.ndarray | None]:
    """Grey or RGB, and opacity where tag 338 says that the next channel is unassociated alpha."""
    n = 1 if int(page.photometric) in (_WHITE_IS_ZERO, _BLACK_IS_ZERO) else 3
    colour = values[..., 0] if n == 1 else values[..., :3]
    extra = [int(x) for x in page.extrasamples]
    if extra and extra[0] == 2 and values.dtype.kind == "u":
        return colour, values[..., n] / np.float32(2.0 ** int(page.bitspersample) - 1)
    if values.shape[-1] > n and not (extra and extra[0] == 1):  # 1: already multiplied into the colours
        notes.append("Channels of unstated meaning (tag 338) are ignored.")
    return colour, None


def _numbers(values: np.ndarray, notes: list[str]) -> np.ndarray:
    """uint16 where all are whole numbers from 0 to 65535, else float32."""
    if not np.isfinite(values).all():
        raise ScanError("The TIFF file holds values that are not numbers (NaN or infinite).", "Export it again from the source system.")
    if values.min() >= 0 and values.max() <= 65535 and (values.dtype.kind != "f" or np.array_equal(values, np.rint(values))):
        return values.astype(np.uint16)
    decimal = values.astype(np.float32)
    if values.dtype.kind != "f" and not np.array_equal(decimal.astype(np.float64), values):
        notes.append("Values are rounded to 24 significant bits.")
    return decimal


def _stated_range(page: tifffile.TiffPage) -> tuple[float, float | None]:
    """Black and white by tags 340 and 341 (SMinSampleValue, SMaxSampleValue); white is None where they state none."""
    low, high = (np.ravel(page.tags.valueof(tag, np.nan)).astype(float)[0] for tag in (340, 341))
    return (float(low), float(high)) if low < high else (0.0, None)
