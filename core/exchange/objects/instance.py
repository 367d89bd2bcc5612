"""Instance: one DICOM object, ready to be sent. Imports no DICOM library."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Instance:
    """One DICOM object.

    Attributes
    ----------
    kind : str
        Its modality: SEG, PR, OT, SR or KO.
    sop_class, uid, study : str
        SOP class, and UIDs of the instance and its study.
    data : bytes
        As a file of PS3.10.
    """

    kind: str
    sop_class: str
    uid: str
    study: str
    data: bytes
