"""One image without its patient: the rules of PS3.15 Table E.1-1 as dicom-anonymizer holds them, and stricter ones for what they leave.

Rules name attributes; real files carry names where none belongs. So free texts and binaries outside a short list are removed, and what is
left is searched for the patient's own words.
"""

import io
import logging
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dicomanonymizer.simpledicomanonymizer import anonymize_dataset, initialize_actions_2024b
from pydicom.datadict import dictionary_has_tag, dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels.utils import get_expected_length
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from core.exchange import ExchangeError
from core.exchange.deidentify import identifiers
from core.exchange.deidentify.values import Pseudonym, each_value, new_uid
from core.scans import elements, objects, part10

logging.getLogger("pydicom").setLevel(logging.ERROR)  # its warnings repeat values, as those of the module `warnings` do
Rule = Callable[[Dataset, tuple[int, int]], None]
CHARACTERISTICS = ("PatientAge", "PatientSex", "PatientSize", "PatientWeight", "PregnancyStatus", "SmokingStatus")
_OLDEST = 90  # years; an age beyond it is written as this one
_TEXTS = ("AE", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT")
_BINARIES = ("OB", "OD", "OF", "OL", "OV", "OW", "UN")
# Free texts and binaries that an image needs, or that describe its making; all are searched for the patient's words.
_SAFE = frozenset(
    (
        "CodeMeaning", "CodeValue", "CodingSchemeDesignator", "CodingSchemeVersion", "DerivationDescription", "LUTData", "LUTExplanation",
        "LossyImageCompressionMethod", "Manufacturer", "ManufacturerModelName", "PaddleDescription", "PatientID", "PatientName",
        "PixelData", "RescaleType", "SoftwareVersions", "VOILUTFunction", "WindowCenterWidthExplanation",
    )
)  # fmt: skip
_EMPTY_IF_MISSING = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID", "AccessionNumber",
                     "ReferringPhysicianName")  # fmt: skip


class BurnedInError(ExchangeError):
    """An image whose file says that text or faces are burned into its pixels."""


@dataclass(frozen=True)
class Options:
    """Which options of the profile are applied (PS3.15 E.3).

    Attributes
    ----------
    dates : {"shifted", "removed"}
        "shifted": Retain Longitudinal Temporal Information with Modified Dates. All dates of a patient move by the same days.
    characteristics : bool
        Retain Patient Characteristics: age, sex, size, weight.
    burned_in : bool
        Let images through whose files warn of burned-in text.
    """

    dates: Literal["shifted", "removed"] = "shifted"
    characteristics: bool = False
    burned_in: bool = False

    @property
    def methods(self) -> list[Code]:
        """De-identification methods by code (PS3.16 CID 7050)."""
        found = [codes.DCM.BasicApplicationConfidentialityProfile]
        if self.dates == "shifted":
            found.append(codes.DCM.RetainLongitudinalTemporalInformationModifiedDatesOption)
        if self.characteristics:
            found.append(codes.DCM.RetainPatientCharacteristicsOption)
        return found


@dataclass(frozen=True)
class Deidentified:
    """An image without its patient.

    Attributes
    ----------
    data : bytes
        As a file.
    name : str
        Where it belongs: pseudonym / study / instance.
    warnings : tuple of str
    """

    data: bytes
    name: str
    warnings: tuple[str, ...]


def deidentified(data: bytes, options: Options) -> Deidentified:
    """One DICOM image without its patient; its pixels are those of the source.

    Raises
    ------
    BurnedInError
        If the file warns of burned-in text, unless `options.burned_in`; a capture that does not deny it counts as warning of it.
    ExchangeError
        If the file is no DICOM image, or identifying words stand in its compressed pixel stream.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of each value that its VR does not allow, and repeats the value
        return _deidentified(data, options)


def _deidentified(data: bytes, options: Options) -> Deidentified:
    ds = _read(data)
    cautions = _burned_in(ds, options)
    words = identifiers.words_of(ds)
    pseudonym, pixels = Pseudonym.of(ds), ds["PixelData"]
    del ds["PixelData"]
    _clean(ds, _rules(options), pseudonym, options, identifiers.pattern_of(words))
    _file_meta(ds)
    ds.SpecificCharacterSet = "ISO_IR 192"  # the words are looked for in UTF-8
    ds.SpecificCharacterSet = "ISO_IR 192"  # the words are looked for in UTF-8
    compressed = pixels.value if ds.file_meta.TransferSyntaxUID.is_compressed else b""  # its markers may hold comments
    if identifiers.left_in(_written(ds), words) or identifiers.left_in(compressed, words):
        raise ExchangeError("The patient's name or ID still stands in the file.", "Convert its pixel data to an uncompressed syntax first.")
    _state(ds, pseudonym, options)
    ds["PixelData"] = pixels
    return Deidentified(_written(ds), f"{pseudonym.name}/{ds.StudyInstanceUID}/{ds.SOPInstanceUID}.dcm", cautions)


def _written(ds: Dataset) -> bytes:
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _read(data: bytes) -> Dataset:
    if not part10.looks_like(data):
        raise ExchangeError("This is no DICOM file.", "Name DICOM images.")
    try:
        ds, syntax = part10.parse(data, [])
        ds.decode()
        ds.file_meta = getattr(ds, "file_meta", FileMetaDataset())
        ds.file_meta.TransferSyntaxUID = syntax
        readable = all(ds.get(k) for k in ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "PixelData"))
        cut_off = readable and not syntax.is_compressed and len(ds.PixelData) < get_expected_length(ds)
    except Exception:  # pydicom leaks a dozen classes on damaged files; their texts may hold values
        raise ExchangeError("The DICOM file is damaged.", "Export it again from its source.") from None
    if cut_off:
        raise ExchangeError("The DICOM file is cut off.", "Copy it again from its source.")
    if not readable:
        raise ExchangeError("The file is no DICOM image with its UIDs.", "Name DICOM images.")
    return ds


def _burned_in(ds: Dataset, options: Options) -> tuple[str, ...]:
    stated = elements.code(ds, "BurnedInAnnotation")
    yes = "YES" in (stated, elements.code(ds, "RecognizableVisualFeatures")) or (stated != "NO" and objects.intent(ds) == "secondary")
    if yes and elements.code(ds, "SyntheticData") != "YES":
        if not options.burned_in:
            raise BurnedInError("Text or faces may be burned into the image.", "Look at it; if it names nobody, add --burned-in.")
        return ("Text may be burned into the image; it was let through.",)
    return () if stated == "NO" else ("The file does not say whether text is burned in: look at the image.",) if not stated else ()


def _rules(options: Options) -> dict[tuple[int, ...], Rule]:
    """The profile's action of each attribute; dates, UIDs and what is retained are left to `_clean`."""
    found: dict[tuple[int, ...], Rule] = dict(initialize_actions_2024b())
    retained = CHARACTERISTICS if options.characteristics else ()
    for tag in list(found):
        vr = dictionary_VR(tag[:2]) if len(tag) == 2 and dictionary_has_tag(tag[:2]) else ""
        if vr in ("DA", "DT", "TM", "UI") or tag in {_tag(k) for k in retained}:
            found[tag] = _leave
        elif vr in _BINARIES:
            found[tag] = _remove
    found[_tag("PatientBirthDate")] = found[_tag("PatientBirthTime")] = _remove
    return found


def _clean(ds: Dataset, rules: dict[tuple[int, ...], Rule], who: Pseudonym, options: Options, pattern: re.Pattern[str]) -> None:
    """Apply rules and the stricter pass to a data set and, one by one, to the items of its sequences."""
    anonymize_dataset(ds, base_rules_gen=lambda: dict(rules))
    for element in list(ds):
        if element.VR == "SQ":
            for item in element.value:
                _clean(item, rules, who, options, pattern)
        elif element.VR == "UI":
            each_value(element, new_uid)
        elif element.VR in ("DA", "DT"):
            each_value(element, who.shifted if options.dates == "shifted" else lambda _: "")
        elif element.VR == "TM" and options.dates == "removed":
            element.value = ""
        elif element.keyword == "PatientAge":
            each_value(element, _age)
        elif _unlisted(element) or (element.VR in (*_TEXTS, "CS") and identifiers.names_somebody(element, pattern)):
            del ds[element.tag]


def _unlisted(element: DataElement) -> bool:
    if element.keyword in _SAFE:
        return False
    return element.VR in _BINARIES or (element.VR in _TEXTS and not element.is_empty)


def _age(value: str) -> str:
    return f"{_OLDEST:03}Y" if value.endswith("Y") and value[:-1].isdigit() and int(value[:-1]) > _OLDEST else value


def _state(ds: Dataset, who: Pseudonym, options: Options) -> None:
    """Name the pseudonym and say what was done (PS3.3 C.7.1.1, C.12.1.1.7)."""
    ds.PatientName = ds.PatientID = who.name
    for keyword in _EMPTY_IF_MISSING:
        if keyword not in ds:
            setattr(ds, keyword, "")
    ds.PatientIdentityRemoved = "YES"
    ds.LongitudinalTemporalInformationModified = "MODIFIED" if options.dates == "shifted" else "REMOVED"
    ds.DeidentificationMethod = "Second Reader: Basic Profile; free texts, private tags removed"
    ds.DeidentificationMethodCodeSequence = []
    for code in options.methods:
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code.value, code.scheme_designator, code.meaning
        ds.DeidentificationMethodCodeSequence.append(item)


def _file_meta(ds: Dataset) -> None:
    """A meta header and a preamble of our own: the old ones may name the sender."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ds.file_meta.TransferSyntaxUID
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    ds.file_meta, ds.preamble = meta, bytes(128)


def _leave(ds: Dataset, tag: tuple[int, int]) -> None:
    """The action K."""


def _remove(ds: Dataset, tag: tuple[int, int]) -> None:
    """The action X, also for dates, where the library writes a dummy."""
    if tag in ds:
        del ds[tag]


def _tag(keyword: str) -> tuple[int, int]:
    number = tag_for_keyword(keyword) or 0
    return number >> 16, number & 0xFFFF
