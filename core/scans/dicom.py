"""DICOM files: tags and pixels to a Scan. Order of the grey transformations as in DICOM PS3.4 N.2."""

import io
import zlib

import numpy as np
import pydicom
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.pixels import apply_modality_lut

from core.errors import ScanError
from core.files import sha256_bytes
from core.scans import tags
from core.scans.decoders import MAX_PIXELS, stored_values
from core.scans.identity import salted_key, shifted_day
from core.scans.scan import Scan, pixel_sha256
from core.scans.stamp import has_synthetic_stamp
from core.scans.windows import LookupWindow, Window

MAX_INFLATED = 256 * 2**20
_DEFLATED = uid.DeflatedExplicitVRLittleEndian.encode()


def looks_like(data: bytes) -> bool:
    """True for a DICOM Part 10 file (PS3.10, 7.1: 128 bytes, then DICM)."""
    return data[128:132] == b"DICM"


def read(data: bytes) -> Scan:
    """Read a DICOM file; see `core.scans.read.read_scan`."""
    _check_inflated(data)
    ds = pydicom.dcmread(io.BytesIO(data))
    assumed: list[str] = []
    _check_image(ds)
    stored = stored_values(ds, data)
    if stored.ndim != 2:
        raise ScanError("The file holds more than one picture.", "Export each view as a file of its own.")
    padding = _padding(ds, stored)
    values = _modality_values(ds, stored)
    inverted = _monochrome1(ds, assumed)
    if padding.any():
        values = values.copy()
        kept = values[~padding]
        if kept.size == 0:
            raise ScanError("Every pixel of the picture is padding.", "Export it again from the source system.")
        values[padding] = kept.max() if inverted else kept.min()
    windows = _windows(ds, values, padding, assumed)
    display = windows[0].apply(values[:: max(1, values.shape[0] // 1024), :: max(1, values.shape[1] // 1024)])
    marked = getattr(ds, "SyntheticData", "") == "YES"
    synthetic = marked or has_synthetic_stamp(1 - display if inverted else display)
    spacing = tags.spacing(ds, assumed)
    patient = f"{getattr(ds, 'IssuerOfPatientID', '')}{getattr(ds, 'PatientID', '')}"
    return Scan(
        values=values,
        windows=windows,
        inverted=inverted,
        sha256=sha256_bytes(data),
        pixel_sha256=pixel_sha256(values),
        source_format="DICOM",
        bits=int(ds.BitsStored),
        view=tags.view(ds),
        laterality=tags.laterality(ds),
        spacing_mm=spacing,
        study_key=salted_key("study", str(getattr(ds, "StudyInstanceUID", ""))),
        patient_key=salted_key("patient", patient),
        shifted_day=shifted_day(patient, str(getattr(ds, "StudyDate", "") or "")),
        synthetic=synthetic,
        body_part_ok=tags.body_part_ok(ds),
        intent=tags.intent(ds),
        assumptions=tuple(assumed),
        warnings=tags.warnings(ds, synthetic),
    )


def _check_inflated(data: bytes) -> None:
    """Refuse a deflated dataset that grows without bound, before pydicom inflates it in one go."""
    if data[132:138] != b"\x02\x00\x00\x00UL":
        return
    start = 144 + int.from_bytes(data[140:144], "little")
    if _DEFLATED not in data[144:start]:
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    if len(inflater.decompress(data[start:], MAX_INFLATED)) >= MAX_INFLATED:
        raise ScanError(
            f"The compressed file grows beyond {MAX_INFLATED // 2**20} MB.", "Export the view without the Deflated transfer syntax."
        )


def _check_image(ds: Dataset) -> None:
    tags.check_object(ds)
    if "PixelData" not in ds:
        raise ScanError("The DICOM file holds no picture.", "Upload the image object, not a report or presentation state.")
    rows, columns, frames = int(ds.Rows), int(ds.Columns), int(getattr(ds, "NumberOfFrames", 1) or 1)
    if frames > 1:
        raise ScanError(f"The file holds {frames} frames.", "Upload single views; stacks and films in motion are not read.")
    if int(getattr(ds, "SamplesPerPixel", 1)) != 1:
        raise ScanError("The file holds a colour picture, not a mammogram.", "Upload the original grey image.")
    if rows < 1 or columns < 1 or rows * columns > MAX_PIXELS:
        raise ScanError(
            f"The header says {rows} × {columns} pixels; at most {MAX_PIXELS // 10**6} million are read.",
            "Upload one view at its own size.",
        )


def _monochrome1(ds: Dataset, assumed: list[str]) -> bool:
    kind = str(getattr(ds, "PhotometricInterpretation", "")).strip()
    if kind not in ("MONOCHROME1", "MONOCHROME2"):
        if kind:
            raise ScanError(f"The picture is stored as {kind}, not as grey values.", "Upload the original grey image.")
        assumed.append("The file does not say whether high values are bright; MONOCHROME2 was assumed.")
    return kind == "MONOCHROME1"


def _padding(ds: Dataset, stored: np.ndarray) -> np.ndarray:
    """Pixels that are padding, by stored value (PS3.3 C.7.5.1.1.2): bool (H, W)."""
    value = getattr(ds, "PixelPaddingValue", None)
    if value is None:
        return np.zeros(stored.shape, bool)
    limit = getattr(ds, "PixelPaddingRangeLimit", value)
    low, high = sorted((int(value), int(limit)))
    return (stored >= low) & (stored <= high)


def _modality_values(ds: Dataset, stored: np.ndarray) -> np.ndarray:
    """Modality LUT or rescale (C.11.1); uint16 where the values fit, else float32."""
    values = apply_modality_lut(stored, ds)
    if values.dtype.kind in "iu" or np.array_equal(values, np.rint(values)):
        low, high = values.min(), values.max()
        if low >= 0 and high <= 65535:
            return values.astype(np.uint16)
    return values.astype(np.float32)


def _windows(ds: Dataset, values: np.ndarray, padding: np.ndarray, assumed: list[str]) -> tuple[Window | LookupWindow, ...]:
    """VOI transformations in order of preference: LUT sequence, then windows (C.11.2), else the values' own range."""
    found: list[Window | LookupWindow] = [_lookup(item) for item in getattr(ds, "VOILUTSequence", None) or []]
    centers, widths = tags.numbers(ds, "WindowCenter"), tags.numbers(ds, "WindowWidth")
    names = tags.strings(ds, "WindowCenterWidthExplanation")
    function = str(getattr(ds, "VOILUTFunction", "LINEAR") or "LINEAR").strip().upper()
    if function not in ("LINEAR", "LINEAR_EXACT", "SIGMOID"):
        assumed.append("The file names an unknown window function; LINEAR was used.")
        function = "LINEAR"
    for i, (center, width) in enumerate(zip(centers, widths, strict=False)):
        try:
            found.append(Window(center, width, function, names[i] if i < len(names) else ""))
        except ValueError:
            assumed.append("A window with an impossible width was passed over.")
    if not found:
        low, high = np.percentile(values[~padding][:: max(1, values.size // 1_000_000)], (0.1, 99.9))
        found.append(Window((low + high) / 2, max(high - low, 1e-6), "LINEAR_EXACT", "from the values"))
        assumed.append("The file holds no window; brightness runs from the 0.1st to the 99.9th percentile of its values.")
    elif len(found) > 1:
        assumed.append(f"The file holds {len(found)} windows; the first was used.")
    return tuple(found)


def _lookup(item: Dataset) -> LookupWindow:
    n, first, bits = (int(x) for x in item.LUTDescriptor)
    data = item.LUTData
    table = np.frombuffer(data, "<u2").astype(np.float32) if isinstance(data, bytes) else np.asarray(data, np.float32)
    table = np.clip(table[: n or 65536] / (2.0**bits - 1), 0, 1)
    table.setflags(write=False)
    return LookupWindow(first, table, str(getattr(item, "LUTExplanation", "")))
