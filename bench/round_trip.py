"""pydicom's test data and the samples of SECOND_READER_DATA against pydicom's pixel_array with modality and VOI applied.

python bench/round_trip.py
"""

import os
import sys
import warnings
from pathlib import Path

import numpy as np
import pydicom
from pydicom.data import get_testdata_file
from pydicom.pixels import apply_modality_lut, apply_voi_lut

from core.errors import ScanError
from core.scans import dicom


def files() -> list[Path]:
    """The files that hold pixel data, in order of their names."""
    folder = Path(str(get_testdata_file("CT_small.dcm"))).parent
    found = sorted(folder.glob("*.dcm"))
    if data := os.environ.get("SECOND_READER_DATA"):
        found += sorted((Path(data) / "dicom-samples").glob("*"))
    return [f for f in found if b"\xe0\x7f\x10\x00" in (data := f.read_bytes()) or b"\x7f\xe0\x00\x10" in data]


def compare(path: Path) -> tuple[str, str]:
    """("equal" | "declined" | "differs" | "no peer", the reason or the difference).

    Modality is set aside: what is compared is the decoding, not whether the image is a mammogram.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scan = dicom.read(path.read_bytes(), any_modality=True)
    except ScanError as e:
        return "declined", str(e)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = pydicom.dcmread(path, force=True)
        if "TransferSyntaxUID" not in ds.file_meta:
            ds.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
        try:
            pixels = ds.pixel_array
        except (RuntimeError, NotImplementedError, ValueError, AttributeError) as e:
            return "no peer", f"pydicom cannot decode it: {str(e).splitlines()[-1].strip()}"
        if pixels.ndim == 3:
            pixels = pixels[..., 1]
        values = apply_modality_lut(pixels, ds)
        has_voi = "WindowWidth" in ds or "VOILUTSequence" in ds
        shown = apply_voi_lut(values, ds) if has_voi else None
    drift = 2 ** int(ds.BitsStored) // 256  # of padding after lossy compression
    measured = np.abs(pixels - float(ds.get("PixelPaddingValue", np.inf))) > drift  # padding is set to the background here
    difference = float(np.abs(scan.values - values.astype(np.float64))[measured].max())
    if difference > 1e-3 * max(1.0, float(np.abs(values).max())):
        return "differs", f"modality values by {difference:g}"
    if shown is not None:
        low, high = _range(ds, values)
        difference = float(np.abs(np.clip((shown - low) / (high - low), 0, 1) - scan.windows[0].apply(scan.values))[measured].max())
        if difference > 0.002:
            return "differs", f"brightness by {difference:.4f}"
    return "equal", "values and brightness" if has_voi else "values (the file holds no window)"


def _range(ds: pydicom.Dataset, values: np.ndarray) -> tuple[float, float]:
    """What pydicom maps a window to: the range of the stored bits after the rescale."""
    bits = int(ds.BitsStored)
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if ds.PixelRepresentation else (0, 2**bits - 1)
    slope, intercept = float(ds.get("RescaleSlope", 1)), float(ds.get("RescaleIntercept", 0))
    return low * slope + intercept, high * slope + intercept


def main() -> int:
    """Print the table; exit 1 where an image differs."""
    verdicts = []
    for path in files():
        verdict, reason = compare(path)
        verdicts.append(verdict)
        print(f"{path.name:48} {verdict:9} {reason}")
    print(", ".join(f"{verdicts.count(v)} {v}" for v in ("equal", "declined", "no peer", "differs")))
    return int("differs" in verdicts)


if __name__ == "__main__":
    sys.exit(main())
