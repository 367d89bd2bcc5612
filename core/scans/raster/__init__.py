"""Image files without a mammography header: PNG, JPEG, TIFF, PGM and PPM, with all the bits they hold."""

from collections.abc import Callable

from core.files import sha256_bytes
from core.scans.polarity import looks_inverted
from core.scans.raster import depth, jpeg, netpbm, png, tiff
from core.scans.raster.samples import Samples
from core.scans.scan import UNSURE, Scan, pixel_sha256
from core.scans.stamp import has_synthetic_stamp
from core.scans.stripes import has_stripes

# Format → its first bytes, and what reads it.
FORMATS: dict[str, tuple[bytes | tuple[bytes, ...], Callable[[bytes], Samples]]] = {
    "PNG": (png.MAGIC, png.read),
    "JPEG": (jpeg.MAGIC, jpeg.read),
    "TIFF": (tiff.MAGIC, tiff.read),
    "PGM": (netpbm.PGM, netpbm.read),
    "PPM": (netpbm.PPM, netpbm.read),
}
CAMERA = "A camera took this image: a photo of a screen or of a film is no mammogram, and its score means nothing."
STRIPES = "Regular stripes run through the image, as in a photo of a screen: its score may mean nothing."
FEW_BITS = 6  # below, steps between grey levels are seen


def format_of(data: bytes) -> str | None:
    """The format that the first bytes say, or None where it is none that is read here."""
    return next((name for name, (magic, _) in FORMATS.items() if data.startswith(magic)), None)


def read(data: bytes) -> Scan:
    """Read an image file; see `core.scans.read.read_scan`. What was assumed comes in the order of its weight for a score."""
    kind = format_of(data) or ""
    samples = FORMATS[kind][1](data)
    values, colour, notes = samples.grey()
    window, scale = depth.window(values, samples)
    display = window.apply(values)
    negative = looks_inverted(1 - display if samples.inverted else display)
    inverted = bool(samples.inverted) or negative
    shown = 1 - display if inverted else display
    polarity: tuple[str, ...] = ()
    if negative and samples.inverted:
        polarity = ("The background is bright although the file states its polarity (tag 262); it is shown as stated.",)
    elif negative:
        polarity = (f"The image looked like a negative (bright background) and is shown inverted{UNSURE}",)
    few = (f"The image has only {2**samples.bits} grey levels.",) if samples.bits < FEW_BITS else ()
    header = f"{kind} without a mammography header: side, view and pixel size are unknown."
    unused = f"The file states {samples.dpi:.0f} dpi; lengths stay in pixels, since this may be the resolution of a print or a screen."
    return Scan(
        values=values,
        windows=(window,),
        inverted=inverted,
        sha256=sha256_bytes(data),
        pixel_sha256=pixel_sha256(values),
        source_format=kind,
        bits=samples.bits,
        synthetic=samples.synthetic or has_synthetic_stamp(shown),
        colour_fraction=colour,
        warnings=tuple(w for w, found in ((CAMERA, samples.camera), (STRIPES, has_stripes(shown))) if found),
        assumptions=(*polarity, *scale, *notes, *few, header, *((unused,) if samples.dpi >= 1 else ())),
    )
