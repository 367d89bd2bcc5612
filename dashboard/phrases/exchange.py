"""Wording of the export to archives and nodes."""

from typing import Literal

EXPORT_DICOM = "Export DICOM"
ABOUT = "Reports, outlines, segmentations and stamped images, into the patient's own study. Research use only, not verified."
HIDDEN = "Record your read first."
NO_DESTINATION = "No archive or node is configured."
DESTINATION, SEND, SENDING = "Destination", "Send to archive", "Sending"
DOWNLOAD = "Download (ZIP)"
IDENTIFIES = "The objects name the patient."
NOT_EXPORTED = "Not exported"
STATES: dict[Literal["waiting", "sent", "failed"], str] = {"waiting": "Waiting", "sent": "Sent", "failed": "Not sent"}


def state(state: Literal["waiting", "sent", "failed"], to: str, objects: int) -> str:
    """How far a delivery has got."""
    ending = {
        "sent": f"{objects} objects sent to {to}.",
        "waiting": f"{objects} objects wait for {to}. They are sent as soon as it answers.",
        "failed": f"{objects} objects were not sent to {to}.",
    }
    return ending[state]


def left_out(labels: list[str]) -> str:
    """Views whose file names no study."""
    return f"Not exported, as not read from a DICOM file: {', '.join(labels)}."
