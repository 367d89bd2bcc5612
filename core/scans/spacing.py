"""Millimetres a pixel, by DICOM PS3.3 10.7.1 and C.8.11.7."""

from pydicom.dataset import Dataset

from core.scans import elements

_CALIBRATED = ("GEOMETRY", "FIDUCIAL")


def spacing(ds: Dataset, assumed: list[str]) -> tuple[float, float] | None:
    """(row, column) millimetres a pixel in the plane of the breast; None where nothing valid is given. `assumed` says how it was found.

    A Pixel Spacing calibrated by geometry or a fiducial comes first (10.7.1.3), then that of the detector over the magnification
    factor, then over the distances source to detector / source to patient, then as it is at the detector; last the nominal
    spacing of a film scanner.
    """
    plane, detector = _pair(ds, "PixelSpacing"), _pair(ds, "ImagerPixelSpacing")
    calibration = elements.code(ds, "PixelSpacingCalibrationType")
    if plane and (calibration in _CALIBRATED or (detector and not _same(plane, detector))):
        how = calibration.lower() if calibration in _CALIBRATED else "geometry (it differs from that of the detector)"
        assumed.append(f"Millimetres are those of the file's Pixel Spacing, calibrated by {how}.")
        return plane
    if detector or plane:
        return _over_magnification(ds, detector or plane or (0.0, 0.0), assumed)
    scanned = _pair(ds, "NominalScannedPixelSpacing")
    if scanned:
        assumed.append("Millimetres are those of the film scanner.")
        return scanned
    assumed.append("The file gives no pixel size; lengths are in pixels.")
    return None


def magnification(ds: Dataset) -> float | None:
    """How much larger the detector's image is than the breast; None where the file does not say."""
    for factor in elements.numbers(ds, "EstimatedRadiographicMagnificationFactor"):
        if 0.9 <= factor < 5:
            return factor
    detector, patient = elements.numbers(ds, "DistanceSourceToDetector"), elements.numbers(ds, "DistanceSourceToPatient")
    if detector and patient and patient[0] > 0 and 1 <= detector[0] / patient[0] < 5:
        return detector[0] / patient[0]
    return None


def _over_magnification(ds: Dataset, at: tuple[float, float], assumed: list[str]) -> tuple[float, float]:
    factor = magnification(ds)
    if factor is None:
        assumed.append("Millimetres are those at the detector: the file gives no magnification factor.")
        return at
    assumed.append(f"Millimetres are estimated: detector spacing divided by the magnification {factor:.3g}.")
    return at[0] / factor, at[1] / factor


def _pair(ds: Dataset, keyword: str) -> tuple[float, float] | None:
    pair = elements.numbers(ds, keyword)
    if len(pair) != 2 or not all(0.005 < x < 0.9 for x in pair):  # 1, 1 is a placeholder
        return None
    return pair[0], pair[1]


def _same(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return all(abs(x - y) < 1e-4 * y for x, y in zip(a, b, strict=True))
