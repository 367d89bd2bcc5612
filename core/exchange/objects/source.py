"""The header of a source image: patient, study, series and instance that a result belongs to. No pixels."""

import io
from collections.abc import Sequence

import pydicom
from pydicom.dataset import Dataset
from pydicom.valuerep import DA, TM

from core.exchange import ExchangeError
from core.scans import part10

CHARACTER_SET = "ISO_IR 192"  # UTF-8: of every object that is written, whatever the source had
_REQUIRED = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "Rows", "Columns")
# Type 2 of patient and study (PS3.3 C.7.1.1, C.7.2.1): empty where the source lacks them.
_MAY_BE_EMPTY = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID", "AccessionNumber",
    "ReferringPhysicianName",
)  # fmt: skip
# Of patient and study, which the library does not hand on (PS3.3 C.7.1.1, C.7.2.1, C.7.2.2).
_HANDED_ON = ("IssuerOfPatientID", "IssuerOfPatientIDQualifiersSequence", "OtherPatientIDsSequence", "PatientAge", "StudyDescription",
              "IssuerOfAccessionNumberSequence", "TimezoneOffsetFromUTC")  # fmt: skip


def source_header(data: bytes) -> Dataset | None:
    """The data set of a DICOM file without its pixels, its texts decoded; None for other files and those that name no instance.

    It identifies the patient: it stays in memory, and is dropped with the image that it belongs to.
    """
    if not part10.looks_like(data):
        return None
    try:
        ds = pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True, force=True)
        ds.decode()
        ds.remove_private_tags()
    except Exception:  # pydicom leaks a dozen classes on files that core.scans reads all the same
        return None
    if any(not ds.get(keyword) for keyword in _REQUIRED):
        return None
    for keyword in _MAY_BE_EMPTY:
        if keyword not in ds:
            setattr(ds, keyword, "")
    if ds.PatientSex not in ("M", "F", "O", ""):
        ds.PatientSex = ""
    for keyword, valid in (("StudyDate", DA), ("PatientBirthDate", DA), ("StudyTime", TM)):
        try:
            valid(ds.get(keyword))
        except (ValueError, TypeError):
            setattr(ds, keyword, "")
    ds.SpecificCharacterSet = CHARACTER_SET
    return ds


def hand_on(source: Dataset, made: Dataset) -> None:
    """Give an object the attributes of patient and study that make it the same patient's and study's in an archive."""
    for keyword in _HANDED_ON:
        if keyword in source:
            made[keyword] = source[keyword]


def check_one_study(sources: Sequence[Dataset]) -> None:
    """ExchangeError unless all images are of one patient and one study."""
    if not sources:
        raise ExchangeError("No view of this exam was read from a DICOM file.", "Open the exam from its DICOM files, and export it then.")
    if len({str(s.StudyInstanceUID) for s in sources}) > 1:
        raise ExchangeError("The views of this exam belong to several studies.", "Separate them, and export each study alone.")
    if len({(str(s.PatientID), str(s.get("IssuerOfPatientID", ""))) for s in sources}) > 1:
        raise ExchangeError("The views of this study name different patients.", "Correct the study in the archive first.")
