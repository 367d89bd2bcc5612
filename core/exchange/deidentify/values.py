"""Replacements that are the same in every run of this installation: UIDs, dates and a patient's pseudonym. No way leads back."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import UID

from core.scans import elements
from core.scans.identity import patient_identifier, salted_key

_STANDARD = "1.2.840.10008."  # SOP classes, transfer syntaxes, coding schemes: the same for everybody
_MOST_DAYS = 3650
_DATE = re.compile(r"\d{8}")


def new_uid(uid: str) -> str:
    """The UID that stands for another one: keyed by this installation's salt, so equal ones stay equal across files and runs."""
    if not uid or uid.startswith(_STANDARD):
        return uid
    return UID(f"2.25.{int(str(salted_key('uid', uid)) + str(salted_key('uid, second half', uid)), 16)}")


@dataclass(frozen=True)
class Pseudonym:
    """What stands for one patient.

    Attributes
    ----------
    name : str
        In place of name and ID.
    days : int
        By how many days all dates of the patient are moved back.
    """

    name: str
    days: int

    @classmethod
    def of(cls, ds: Dataset) -> "Pseudonym":
        """By issuer and patient ID; a data set without them by its study, so that at least its own images stay together."""
        patient = patient_identifier(elements.text(ds, "IssuerOfPatientID"), elements.text(ds, "PatientID"))
        key = salted_key("pseudonym", patient or elements.text(ds, "StudyInstanceUID") or "unknown") or ""
        return cls(f"SR-{key[:12].upper()}", int(str(salted_key("shift", key)), 16) % _MOST_DAYS + 1)

    def shifted(self, value: str) -> str:
        """A date or date with time (VR DA, DT) moved back; empty where it is none."""
        if not _DATE.match(value):
            return ""
        try:
            day = datetime.strptime(value[:8], "%Y%m%d") - timedelta(days=self.days)
        except (ValueError, OverflowError):
            return ""
        return f"{day.year:04}{day:%m%d}{value[8:]}"


def each_value(element: DataElement, change: Callable[[str], str]) -> None:
    """Replace the values of a text element one by one."""
    values = [element.value] if element.VM <= 1 else list(element.value)
    changed = [change(str(v)) if v not in (None, "") else "" for v in values]
    element.value = changed[0] if len(changed) == 1 else changed
