"""Words that identify a patient in one data set, and the search for them in what is left of it."""

import re
from collections.abc import Iterator

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from core.scans.identity import is_placeholder

_IDENTIFIERS = ("PatientID", "OtherPatientIDs", "AccessionNumber", "AdmissionID", "MedicalRecordLocator")
_PHRASES = ("InstitutionName", "InstitutionAddress", "PatientAddress", "PatientTelephoneNumbers", "StationName")  # searched as a whole
_SHORTEST = 3  # characters of a word that counts
_SHORTEST_IN_BYTES = 5  # among millions of pixels shorter ones occur by chance
_PARTS = re.compile(r"[\^=\\,;/\s]+")


def words_of(ds: Dataset) -> set[str]:
    """Names of persons, and identifiers, as single words in lower case, also those in sequences; placeholders are none."""
    found: set[str] = set()
    for element in ds.iterall():
        if element.VR == "PN" or element.keyword in _IDENTIFIERS:
            parts = [part for value in _texts(element) for part in _PARTS.split(value)]
        elif element.keyword in _PHRASES:
            parts = [value.strip() for value in _texts(element)]
        else:
            continue
        found |= {w.lower() for w in parts if len(w) >= _SHORTEST and not is_placeholder(w)}
    return found


def pattern_of(words: set[str]) -> re.Pattern[str]:
    """Finds any of the words, whole, in a text; nothing where there are none."""
    return re.compile(r"(?<!\w)(?:" + "|".join(sorted(map(re.escape, words))) + r")(?!\w)" if words else r"(?!)", re.IGNORECASE)


def names_somebody(element: DataElement, pattern: re.Pattern[str]) -> bool:
    """Whether a text element holds one of the words."""
    return any(pattern.search(v) for v in _texts(element))


def left_in(data: bytes, words: set[str]) -> bool:
    """Whether one of the longer words stands in bytes, as written, in capitals or in lower case."""
    return any(form.encode() in data for w in words if len(w) >= _SHORTEST_IN_BYTES for form in (w, w.upper(), w.title()))


def _texts(element: DataElement) -> Iterator[str]:
    value = element.value
    for v in value if isinstance(value, (list, MultiValue)) else [value]:
        if v is not None and not isinstance(v, (bytes, Dataset)):
            yield str(v)
