"""A phantom view as a file: DICOM mammography object, or 16-bit PNG."""

import io

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pydicom import uid
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset

from core.datasets.phantom.draw import PhantomView

# By exam, so that a folder of phantoms exercises every path of the reader.
SYNTAXES = (uid.ExplicitVRLittleEndian, uid.JPEG2000Lossless, uid.RLELossless, uid.JPEGLSLossless, uid.ImplicitVRLittleEndian)
_ENCODERS = {uid.JPEG2000Lossless: "pylibjpeg", uid.RLELossless: "pylibjpeg", uid.JPEGLSLossless: "pyjpegls"}
_ROOT = "1.2.826.0.1.3680043.10.1511."  # a prefix for invented objects; entropy below makes each unique and repeatable
_VIEW = {"CC": ("399162004", "cranio-caudal"), "MLO": ("399368009", "medio-lateral oblique")}  # PS3.16 CID 4014


def dicom_bytes(
    view: PhantomView, *, bits: int = 12, monochrome1: bool = False, syntax: uid.UID = uid.ExplicitVRLittleEndian, date: str = ""
) -> bytes:
    """A Digital Mammography X-Ray Image, FOR PRESENTATION (PS3.3 A.26), marked as synthetic data by its tag (0008,001C).

    `date` (YYYYMMDD, invented) is the study's; views with different ones belong to different studies of one patient.
    """
    top = 2**bits - 1
    stored = view.pixels if bits == 12 else view.pixels * np.uint16(2 ** (bits - 12))
    if monochrome1:
        stored = np.uint16(top) - stored
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = uid.DigitalMammographyXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = _uid(view, "instance", date)
    meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian if syntax in _ENCODERS else syntax
    ds = FileDataset(b"", {}, file_meta=meta, preamble=b"\0" * 128)
    _identify(ds, view, date)
    _describe(ds, view)
    ds.Rows, ds.Columns = stored.shape
    ds.SamplesPerPixel, ds.PixelRepresentation = 1, 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, bits, bits - 1
    ds.PhotometricInterpretation = "MONOCHROME1" if monochrome1 else "MONOCHROME2"
    ds.PresentationLUTShape = "INVERSE" if monochrome1 else "IDENTITY"
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = 0, 1, "US"
    ds.WindowCenter, ds.WindowWidth = 2 ** (bits - 1), 2**bits
    ds.PixelData = stored.astype("<u2").tobytes()
    if syntax in _ENCODERS:
        ds.compress(syntax, encoding_plugin=_ENCODERS[syntax], generate_instance_uid=False)
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _identify(ds: Dataset, view: PhantomView, date: str) -> None:
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID
    ds.StudyInstanceUID, ds.SeriesInstanceUID = _uid(view, "study", date, of_exam=True), _uid(view, "series", date, of_exam=True)
    ds.PatientName, ds.PatientID = f"PHANTOM^{view.exam:04d}", f"PHANTOM-{view.seed}-{view.exam:04d}"
    ds.PatientBirthDate, ds.PatientSex = "", "F"
    ds.StudyDate, ds.StudyTime, ds.StudyID, ds.AccessionNumber, ds.ReferringPhysicianName = date, "", "", "", ""
    ds.SeriesNumber, ds.InstanceNumber = 1, 1
    ds.SyntheticData = "YES"
    ds.Manufacturer, ds.ManufacturerModelName, ds.SoftwareVersions = "Second Reader", "Phantom generator", "1"
    ds.ImageComments = "SYNTHETIC PICTURE. NOT A PATIENT."


def _describe(ds: Dataset, view: PhantomView) -> None:
    ds.Modality, ds.PresentationIntentType, ds.ImageType = "MG", "FOR PRESENTATION", ["DERIVED", "PRIMARY"]
    ds.BodyPartExamined, ds.ImageLaterality, ds.ViewPosition = "BREAST", view.laterality, view.view
    item = Dataset()
    item.CodeValue, item.CodeMeaning = _VIEW[view.view]
    item.CodingSchemeDesignator = "SCT"
    ds.ViewCodeSequence = [item]
    # The chest wall of a right breast is at the right of the image: columns run towards the front (A) in L, the back (P) in R.
    ds.PatientOrientation = [
        "A" if view.laterality == "L" else "P",
        "F" if view.view == "MLO" else ("L" if view.laterality == "R" else "R"),
    ]
    ds.ImagerPixelSpacing = [round(view.spacing_mm, 6)] * 2
    ds.EstimatedRadiographicMagnificationFactor = 1.0
    ds.BreastImplantPresent, ds.PartialView, ds.BurnedInAnnotation = "NO", "NO", "YES"
    ds.LossyImageCompression, ds.PixelIntensityRelationship, ds.PixelIntensityRelationshipSign = "00", "LOG", 1


def png_bytes(view: PhantomView) -> bytes:
    """A 16-bit grey PNG (12-bit values × 16) with the text chunk `Synthetic`."""
    info = PngInfo()
    info.add_text("Synthetic", "YES; phantom by Second Reader, not a patient")
    out = io.BytesIO()
    Image.fromarray(view.pixels * np.uint16(16)).save(out, "PNG", pnginfo=info, compress_level=3)
    return out.getvalue()


def _uid(view: PhantomView, what: str, date: str, of_exam: bool = False) -> uid.UID:
    parts = [what, str(view.seed), str(view.exam), *([date] if date else [])] + (
        [] if of_exam else [view.laterality, view.view, str(view.pixels.shape)]
    )
    return uid.generate_uid(prefix=_ROOT, entropy_srcs=parts)
