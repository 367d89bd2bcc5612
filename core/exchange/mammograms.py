"""Which DICOM objects are 2D mammograms: by SOP class, modality and number of frames, before a pixel is fetched. No torch."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pydicom.uid import (
    UID,
    ComputedRadiographyImageStorage,
    DigitalMammographyXRayImageStorageForPresentation,
    DigitalMammographyXRayImageStorageForProcessing,
    SecondaryCaptureImageStorage,
)

MODALITY = "MG"
# The best that a study has is fetched: a copy for processing or a capture of the same view would only be in the reader's way.
PREFERENCE: tuple[frozenset[str], ...] = (
    frozenset({DigitalMammographyXRayImageStorageForPresentation}),
    frozenset({DigitalMammographyXRayImageStorageForProcessing}),
    frozenset({ComputedRadiographyImageStorage, SecondaryCaptureImageStorage}),  # scanned film, cassettes: of modality MG only
)
STORED = tuple(sorted(frozenset().union(*PREFERENCE)))  # SOP classes that a receiver accepts


@dataclass(frozen=True)
class Instance:
    """One object of a study, as the archive lists it."""

    study_uid: str
    series_uid: str
    uid: str
    sop_class: str
    modality: str
    frames: int = 1


@dataclass(frozen=True)
class Selection:
    """The 2D mammograms of a study, and how many other objects of each SOP class are left in the archive."""

    mammograms: tuple[Instance, ...]
    others: Counter[str]

    @property
    def note(self) -> str:
        """One sentence on what is not fetched; empty where nothing is."""
        n = self.others.total()
        kinds = ", ".join(f"{kind}: {count}" for kind, count in self.others.most_common())
        return f"{n} other object{'s' * (n > 1)} of the study {'are' if n > 1 else 'is'} not fetched ({kinds})." if n else ""


def select(instances: Sequence[Instance]) -> Selection:
    """The 2D mammograms among the objects of one study; an object that is listed twice counts once."""
    unique = list({i.uid: i for i in instances}.values())
    plain = [i for i in unique if i.modality == MODALITY and i.frames == 1]
    found = next((chosen for classes in PREFERENCE if (chosen := [i for i in plain if i.sop_class in classes])), [])
    others = Counter(_name(i) for i in unique if i not in found)
    return Selection(tuple(found), others)


def _name(instance: Instance) -> str:
    """The SOP class by its name in the standard, or as unknown."""
    uid = UID(instance.sop_class)
    return "unknown SOP class" if uid.name == str(uid) else uid.name.replace(" Storage", "")
