"""Scan: one mammogram view, as everything after the file sees it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.errors import ScanError
from core.files import sha256_bytes
from core.scans.kinds import Kind
from core.scans.views import Modifier, View
from core.scans.windows import LookupWindow, Window

Laterality = Literal["L", "R"]
NOT_LABELLED = "View not labelled"
# Ends each assumption that may change a score.
UNSURE = " (estimated; the score depends on it)."
BURNED_IN = "The file says that text or faces are burned into the image; it may identify the patient."


def pixel_sha256(values: np.ndarray) -> str:
    """Hex sha256 of modality values, (H, W), with their shape and dtype: the name of an image that outlives its file."""
    return sha256_bytes(values.tobytes() + repr((values.shape, values.dtype.str)).encode())


def view_label(laterality: str | None, view: str | None, modifiers: tuple[str, ...] = (), raw: bool = False) -> str:
    """Side and view with their modifiers, e.g. "L CC (implant displaced)"; `NOT_LABELLED` where neither is known."""
    name = " ".join(x for x in (laterality, view) if x) or NOT_LABELLED
    extra = ", ".join((*modifiers, *(("for processing",) if raw else ())))
    return f"{name} ({extra})" if extra else name


@dataclass(frozen=True)
class Scan:
    """One mammogram view. Read-only and finite; holds no name, identifier or date of a patient.

    Attributes
    ----------
    values : ndarray, uint16 or float32, shape (H, W)
        Modality values (DICOM PS3.3 C.11.1), padding already set to the background. Read-only.
    windows : tuple of Window or LookupWindow
        Presets from values to brightness; the first is the default. Never empty.
    inverted : bool
        True where low values are dense tissue (MONOCHROME1, or an image found to be a negative).
    sha256, pixel_sha256 : str
        Of the source bytes (the scan's identity), and of `values` with its shape and dtype.
    source_format : str
        "DICOM", "PNG", "JPEG", "TIFF", "PGM" or "PPM".
    bits : int
        Bits a pixel that the source really stores.
    view, laterality : str or None
        None where the file does not say. Never guessed from pixels.
    modifiers : tuple of str
        View modifiers by name (PS3.16 CID 4015, core.scans.views), e.g. "implant displaced", "spot compression"; empty for a plain view.
    patient_orientation : tuple of str or None
        Directions of rows and columns, e.g. ("A", "FR") (PS3.3 C.7.6.1.1.1); None where the file does not state them.
    kind : str or None
        What kind of object a DICOM file is (core.scans.kinds); None for other formats.
    spacing_mm : tuple of float or None
        (row, column) millimetres a pixel in the breast plane; an estimate (see core.scans.dicom).
    study_key, patient_key : str or None
        Salted, not reversible, only good for grouping.
    shifted_day : int or None
        Day of the study on a calendar of the patient's own (core.scans.identity): good for differences within one patient_key.
    synthetic : bool
        Made by the phantom generator (by tag, or by the stamp in its pixels).
    body_part_ok : bool or None
        What the file's tags say of being a mammogram; None where they are silent.
    intent : str or None
        "presentation", "processing" or "secondary" for DICOM.
    assumptions, warnings : tuple of str
        What had to be assumed in reading; what the reader should know (implant, burned-in text, ...).
    """

    values: np.ndarray
    windows: tuple[Window | LookupWindow, ...]
    inverted: bool
    sha256: str
    pixel_sha256: str
    source_format: str
    bits: int
    view: View | None = None
    laterality: Laterality | None = None
    modifiers: tuple[Modifier, ...] = ()
    patient_orientation: tuple[str, str] | None = None
    kind: Kind | None = None
    spacing_mm: tuple[float, float] | None = None
    study_key: str | None = None
    patient_key: str | None = None
    shifted_day: int | None = None
    synthetic: bool = False
    body_part_ok: bool | None = None
    intent: Literal["presentation", "processing", "secondary"] | None = None
    colour_fraction: float = 0.0  # share of clearly coloured pixels in the source; a mammogram has none
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        v = self.values
        if v.ndim != 2 or v.size == 0 or v.dtype not in (np.uint16, np.float32):
            raise ScanError("The image is not a single grey image.", "Upload one view as one grey image.")
        if v.dtype == np.float32 and not np.isfinite(v).all():
            raise ScanError("The image holds values that are not numbers.", "Export it again from the source system.")
        if not self.windows:
            raise ScanError("The image has no window.", "Export it again from the source system.")
        v.setflags(write=False)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.values.shape

    def display(self, window: int = 0) -> np.ndarray:
        """Brightness as shown, float32 (H, W) in [0, 1], 1 = dense tissue. Read-only.

        The window is applied to the modality values, then MONOCHROME1 is inverted (PS3.4 N.2: grey
        transformations come in this order).
        """
        out = self.windows[window].apply(self.values)
        if self.inverted:
            np.subtract(1.0, out, out=out)
        out.setflags(write=False)
        return out

    def wipe(self) -> None:
        """Overwrite the pixels with zeros: whoever still holds this scan, or a copy with other attributes, holds nothing of the image."""
        try:
            self.values.setflags(write=True)
        except ValueError:
            return  # the memory belongs to somebody who does not let it be written
        self.values.fill(0)
        self.values.setflags(write=False)

    @property
    def score_assumptions(self) -> tuple[str, ...]:
        """Those assumptions that may change a score, to be shown next to it."""
        return tuple(a for a in self.assumptions if a.endswith(UNSURE))

    @property
    def display_key(self) -> str:
        """Names what `display()` shows: the file, its default window and its polarity. The key of whatever is computed from it."""
        return sha256_bytes(f"{self.sha256} {self._default_window} {self.inverted}".encode())

    @property
    def _default_window(self) -> str:
        first = self.windows[0]
        return repr(first) if isinstance(first, Window) else sha256_bytes(first.table.tobytes() + str(first.first).encode())

    @property
    def burned_in(self) -> bool:
        """True where the file itself says that its pixels may identify the patient."""
        return BURNED_IN in self.warnings

    @property
    def label(self) -> str:
        """Side and view as far as known, with what sets the view apart, e.g. "R MLO (implant displaced)"; else `NOT_LABELLED`."""
        return view_label(self.laterality, self.view, self.modifiers, self.intent == "processing")
