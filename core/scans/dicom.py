"""DICOM files: tags and pixels to a Scan. Order of the grey transformations as in DICOM PS3.4 N.2."""

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import UID

from core.errors import ScanError
from core.files import sha256_bytes
from core.scans import elements, lut, objects, orientation, part10, tags
from core.scans.decoders import MAX_PIXELS, stored_values
from core.scans.identity import patient_identifier, salted_key, shifted_day
from core.scans.padding import padding
from core.scans.polarity import looks_inverted
from core.scans.scan import UNSURE, Scan, pixel_sha256
from core.scans.spacing import spacing
from core.scans.stamp import has_synthetic_stamp
from core.scans.windows import LookupWindow, Window

ESTIMATED = "from the values"
_GREY = 6  # levels of 255 by which the channels of a grey image may differ after lossy compression
_LOSSY = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.203")
_SATURATED = 0.5  # share of the breast


def read(data: bytes, any_modality: bool = False) -> Scan:
    """Read a DICOM file; see `core.scans.read.read_scan`. Assumptions that may change a score come first.

    `any_modality` reads single grey frames of other modalities too, to compare the decoding with that of other programs.
    """
    assumed: list[str] = []
    ds, syntax = part10.parse(data, assumed)
    elements.lift_functional_groups(ds)
    kind = objects.kind(ds, any_modality)
    elements.complete(ds, assumed)
    _check_size(ds)
    inverted = _inverted(ds, assumed)
    stored = _grey(stored_values(ds, syntax, assumed), assumed)
    padded = padding(ds, stored, _is_lossy(ds, syntax))
    values = lut.modality_values(ds, stored, assumed)
    if padded is not None:
        measured = values[~padded]
        if measured.size == 0:
            raise ScanError("Every pixel of the image is padding.", "Export it again from the source system.")
        values[padded] = measured.max() if inverted else measured.min()
    windows = lut.windows(ds, assumed) or (_own_window(ds, values, padded, assumed),)
    if len(windows) > 1:
        assumed.append(f"The file holds {len(windows)} windows; the first was used.")
    step = max(1, max(values.shape) // 1024)
    display = windows[0].apply(values[::step, ::step])
    marked = elements.code(ds, "SyntheticData") == "YES"
    shown = 1 - display if inverted else display
    synthetic = marked or has_synthetic_stamp(shown)
    side, both = orientation.laterality(ds, assumed)
    directions, view = orientation.patient_orientation(ds), tags.view(ds, assumed)
    assumed += orientation.stated_contradictions(side, view, directions)
    if not synthetic:
        assumed += _remarks(windows[0], shown)
        assumed += orientation.contradictions(side, directions, shown)
    patient = patient_identifier(elements.text(ds, "IssuerOfPatientID"), elements.text(ds, "PatientID"))
    spacing_mm = spacing(ds, assumed)
    study = elements.text(ds, "StudyInstanceUID")
    return Scan(
        values=values,
        windows=windows,
        inverted=inverted,
        sha256=sha256_bytes(data),
        pixel_sha256=pixel_sha256(values),
        source_format="DICOM",
        bits=int(ds.BitsStored),
        view=view,
        modifiers=tags.modifiers(ds),
        laterality=side,
        patient_orientation=directions,
        kind=kind,
        spacing_mm=spacing_mm,
        study_key=salted_key("study", f"{study}\0{patient}" if study else ""),
        patient_key=salted_key("patient", patient),
        shifted_day=shifted_day(patient, elements.text(ds, "StudyDate")),
        synthetic=synthetic,
        body_part_ok=objects.body_part_ok(ds),
        intent=objects.intent(ds),
        assumptions=_by_weight(assumed),
        warnings=((orientation.BOTH,) if both else ()) + tags.warnings(ds, kind, synthetic),
    )


def _by_weight(assumed: list[str]) -> tuple[str, ...]:
    """Each sentence once; those that may change a score first."""
    return tuple(sorted(dict.fromkeys(assumed), key=lambda a: not a.endswith(UNSURE)))


def _check_size(ds: Dataset) -> None:
    rows, columns = elements.integer(ds, "Rows") or 0, elements.integer(ds, "Columns") or 0
    if rows < 1 or columns < 1 or rows * columns > MAX_PIXELS:
        raise ScanError(
            f"The header says {rows} × {columns} pixels; at most {MAX_PIXELS // 10**6} million are read.",
            "Upload one view at its own size.",
        )


def _inverted(ds: Dataset, assumed: list[str]) -> bool:
    """True for MONOCHROME1. Photometric Interpretation decides; a Presentation LUT Shape that says otherwise is said (C.11.6.1.2)."""
    kind, samples = elements.code(ds, "PhotometricInterpretation"), int(ds.SamplesPerPixel)
    if samples not in (1, 3):
        raise ScanError(f"The image has {samples} samples a pixel.", "Upload the original grey image.")
    if kind == "PALETTE COLOR":
        raise ScanError("The image is stored with a colour palette, not as grey values.", "Upload the original grey image.")
    if samples == 3:
        if int(ds.BitsAllocated) != 8 and int(ds.BitsAllocated) != 16:
            raise ScanError("A colour image of this depth is not read.", "Upload the original grey image.")
        ds.PhotometricInterpretation = kind or "RGB"
        return False
    if kind not in ("MONOCHROME1", "MONOCHROME2"):
        named = f"calls its single grey channel {kind}" if kind else "does not state its Photometric Interpretation"
        assumed.append(f"The file {named}; MONOCHROME2 was assumed{UNSURE}")
        ds.PhotometricInterpretation = "MONOCHROME2"
    inverted = kind == "MONOCHROME1"
    shape = elements.code(ds, "PresentationLUTShape")
    if shape == ("IDENTITY" if inverted else "INVERSE"):
        assumed.append(f"{kind or 'MONOCHROME2'} and the Presentation LUT Shape {shape} contradict each other; the former decides{UNSURE}")
    return inverted


def _grey(stored: np.ndarray, assumed: list[str]) -> np.ndarray:
    """Stored grey values (H, W); of a colour image whose channels are equal, one of them."""
    if stored.ndim == 2:
        return stored
    if stored.ndim != 3 or stored.shape[2] != 3:
        raise ScanError("The file holds more than one image.", "Export each view as a file of its own.")
    levels = stored.astype(np.int32)
    spread = levels.max(axis=2) - levels.min(axis=2)
    if int(spread.max()) > _GREY * np.iinfo(stored.dtype).max // 255:
        raise ScanError("The file holds a colour image; marks of other software may be in it.", "Upload the original grey image.")
    assumed.append("Grey stored in three equal colour channels; one of them was read.")
    return np.ascontiguousarray(stored[..., 1])


def _is_lossy(ds: Dataset, syntax: UID) -> bool:
    return syntax in _LOSSY or elements.text(ds, "LossyImageCompression") == "01"


def _own_window(ds: Dataset, values: np.ndarray, padded: np.ndarray | None, assumed: list[str]) -> Window:
    """The window of a file that states none."""
    if int(ds.BitsStored) <= 8:
        low, high = lut.modality_range(ds)
        assumed.append("The file holds no window; its whole range is shown.")
        return Window((low + high) / 2, max(high - low, 1e-6), "LINEAR_EXACT", "full range")
    measured = values if padded is None else values[~padded]
    low, high = np.percentile(measured.ravel()[:: max(1, values.size // 1_000_000)], (0.1, 99.9))
    assumed.append(f"The file holds no window; brightness runs from the 0.1st to the 99.9th percentile of its values{UNSURE}")
    return Window((low + high) / 2, max(high - low, 1e-6), "LINEAR_EXACT", ESTIMATED)


def _remarks(window: Window | LookupWindow, shown: np.ndarray) -> list[str]:
    """What is wrong with the brightness as the file states it, on a reduced display, 1 = dense."""
    out = []
    if looks_inverted(shown):
        out.append(f"The background is bright; the image is shown as the file states{UNSURE}")
    breast = shown > 0
    stated = f"{window.center:g}/{window.width:g}" if isinstance(window, Window) else "(VOI LUT)"
    if breast.any() and (shown[breast] >= 1).mean() > _SATURATED:
        out.append(f"The file's window {stated} shows most of the breast white: it does not fit the pixel values{UNSURE}")
    elif breast.mean() < 0.01:
        out.append(f"The file's window {stated} shows the breast black: it does not fit the pixel values{UNSURE}")
    return out
