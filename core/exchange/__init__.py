"""DICOM with the hospital: studies in, results out. Its libraries are the extra `dicom`; knows no user interface.

Importing this module imports none of them.
"""

from importlib.util import find_spec

from core.errors import SecondReaderError

_LIBRARIES = ("highdicom", "pynetdicom", "dicomweb_client", "dicomanonymizer")


class ExchangeError(SecondReaderError):
    """An archive, node or DICOM object that cannot be used."""


class RefusedError(ExchangeError):
    """An object that a destination does not accept: sending it again is of no use."""


class Dropped(ExchangeError):
    """The line dropped, or the archive was too slow or busy: another try may succeed."""


def available() -> bool:
    """Whether the extra `dicom` is installed."""
    return all(find_spec(name) is not None for name in _LIBRARIES)


def require() -> None:
    """ExchangeError where the extra `dicom` is not installed."""
    if not available():
        raise ExchangeError(
            "Exchange with a DICOM archive needs libraries that are not installed.", "Install them with: pip install 'second-reader[dicom]'"
        )
