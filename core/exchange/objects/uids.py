"""UIDs that depend on content alone: the same prediction gives the same objects, however often it is exported."""

import uuid
from datetime import datetime

from highdicom.uid import UID as LibraryUID
from pydicom.dataset import Dataset
from pydicom.uid import UID
from pydicom.valuerep import DA, DT, TM

_NAMESPACE = uuid.UUID("6c1b1a3e-54f0-5d0c-9a6e-0e6a7d9f2b11")  # of this program's results
_DRAWN = "1.2.826.0.1.3680043.10.511.3."  # highdicom's own root: UIDs that it draws at random


def stable_uid(*parts: str | float) -> UID:
    """A UID (PS3.5 B.2, derived from a UUID of version 5) that names these parts; numbers count to the last bit."""
    return UID(f"2.25.{uuid.uuid5(_NAMESPACE, chr(0).join(repr(p) for p in parts)).int}")


def library_uid(*parts: str | float) -> LibraryUID:
    """The same as the class that highdicom takes."""
    return LibraryUID(stable_uid(*parts))


def settle(ds: Dataset, at: datetime) -> None:
    """Put `at`, and UIDs that follow from the object's own, where the library took the clock and drew at random."""
    ds.InstanceCreationDate, ds.InstanceCreationTime = DA(at.date()), TM(at.time())
    if "TimeOfSecondaryCapture" in ds:
        ds.DateOfSecondaryCapture, ds.TimeOfSecondaryCapture = DA(at.date()), TM(at.time())
    drawn: dict[str, UID] = {}
    for element in ds.iterall():
        if element.VR == "UI" and isinstance(element.value, str) and element.value.startswith(_DRAWN):
            element.value = drawn.setdefault(element.value, stable_uid(str(ds.SOPInstanceUID), "drawn", len(drawn)))
        elif element.keyword in ("ContributionDateTime", "ObservationDateTime"):
            element.value = DT(at)
