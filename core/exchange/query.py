"""What is searched for in an archive, and the studies that it lists (QIDO-RS, DICOM JSON model). No torch."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydicom.datadict import tag_for_keyword

from core.exchange import ExchangeError

Row = Mapping[str, Mapping[str, Any]]  # attributes by tag, e.g. "0020000D"


@dataclass(frozen=True)
class Query:
    """What a search looks for; an empty field matches anything."""

    patient_id: str = ""
    accession: str = ""
    study_uid: str = ""
    first: date | None = None
    last: date | None = None

    def filters(self) -> dict[str, str]:
        """QIDO-RS matching keys (PS3.18, 8.3.4).

        Raises
        ------
        ExchangeError
            If nothing is looked for, the study UID is none, or the dates are in the wrong order.
        """
        found = {
            "PatientID": self.patient_id.strip(),
            "AccessionNumber": self.accession.strip(),
            "StudyInstanceUID": self.study_uid.strip(),
        }
        uid = found["StudyInstanceUID"]
        if uid and not (len(uid) <= 64 and re.fullmatch(r"[0-9]+([.][0-9]+)*", uid)):
            raise ExchangeError("The study UID is not valid: it consists of digits and full stops.", "Copy it from the archive.")
        if self.first and self.last and self.first > self.last:
            raise ExchangeError("The first day is after the last.", "Exchange the dates.")
        if self.first or self.last:
            found["StudyDate"] = "-".join(f"{day:%Y%m%d}" if day else "" for day in (self.first, self.last))
        found = {key: value for key, value in found.items() if value}
        if not found:
            raise ExchangeError("The search is empty.", "Enter a patient ID, accession number, date or study UID.")
        return found


@dataclass(frozen=True)
class Study:
    """A study as the archive lists it. Who the patient is stays out of its repr."""

    uid: str = field(repr=False)
    patient_id: str = field(repr=False)
    issuer: str = field(repr=False)
    patient_name: str = field(repr=False)
    accession: str = field(repr=False)
    date: str = field(repr=False)  # YYYYMMDD, as stored
    description: str = field(repr=False)
    objects: int | None  # of all modalities, where the archive counts them


def study_of(row: Row) -> Study:
    """A row of a search for studies."""
    objects = text(row, "NumberOfStudyRelatedInstances")
    return Study(
        uid=text(row, "StudyInstanceUID"),
        patient_id=text(row, "PatientID"),
        issuer=text(row, "IssuerOfPatientID"),
        patient_name=text(row, "PatientName"),
        accession=text(row, "AccessionNumber"),
        date=text(row, "StudyDate"),
        description=text(row, "StudyDescription"),
        objects=int(objects) if objects else None,
    )


def values(row: Row, keyword: str) -> list[Any]:
    """Values of an attribute in the DICOM JSON model (PS3.18, F.2), empty where it is missing."""
    return row.get(f"{tag_for_keyword(keyword):08X}", {}).get("Value") or []


def text(row: Row, keyword: str) -> str:
    """The first value of an attribute as text without padding, empty where it is missing."""
    value = next(iter(values(row, keyword)), None)
    if isinstance(value, dict):  # a person's name
        value = value.get("Alphabetic")
    return "" if value is None else str(value).strip("\0 ")
