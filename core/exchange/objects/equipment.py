"""Who made an object: this program, a model, a reader."""

from importlib.metadata import PackageNotFoundError, version

from highdicom import AlgorithmIdentificationSequence
from highdicom.sr import (
    AlgorithmIdentification,
    DeviceObserverIdentifyingAttributes,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
)
from pydicom.sr.codedict import codes

from core.exchange.objects import codes as terms
from core.exchange.objects.uids import stable_uid
from core.models.card import Card

MANUFACTURER = "Second Reader"
SERIAL = "none"  # this software has no serial number; some objects require one
UNKNOWN_READER = "Reader^Not identified"


def software_version() -> str:
    """Of this program."""
    try:
        return version("second-reader")
    except PackageNotFoundError:
        return "unknown"


def model_version(card: Card) -> str:
    """Of a model: the day it was made and the beginning of the sha256 of its weights."""
    return f"{card.created}, weights {card.weights.sha256[:12]}"


def parameters(card: Card) -> list[str]:
    """What the score depends on, a text each."""
    return [f"weights SHA-256 {card.weights.sha256}", f"temperature {card.temperature!r}", f"checkpoint {card.name}"]


def algorithm(card: Card) -> AlgorithmIdentification:
    """The model in a structured report (TID 4019)."""
    return AlgorithmIdentification(card.title, model_version(card), parameters(card), terms.ARTIFICIAL_INTELLIGENCE, MANUFACTURER)


def segment_algorithm(card: Card) -> AlgorithmIdentificationSequence:
    """The model in a segmentation."""
    texts = {"weights_sha256": card.weights.sha256, "checkpoint": card.name}
    return AlgorithmIdentificationSequence(
        name=card.title[:64], family=terms.ARTIFICIAL_INTELLIGENCE, version=model_version(card)[:64], parameters=texts
    )


def device() -> ObserverContext:
    """This program as the observer."""
    attributes = DeviceObserverIdentifyingAttributes(
        uid=stable_uid("device", MANUFACTURER),
        name=MANUFACTURER,
        manufacturer_name=MANUFACTURER,
        model_name=f"{MANUFACTURER} {software_version()}",
    )
    return ObserverContext(codes.DCM.Device, attributes)


def reader() -> ObserverContext:
    """The reader as the observer, whose name the program does not know."""
    return ObserverContext(codes.DCM.Person, PersonObserverIdentifyingAttributes(UNKNOWN_READER))
