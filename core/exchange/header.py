"""What the header of a DICOM file says of whom and what it shows; its pixels are not touched. No torch."""

import io

from pydicom import dcmread

from core.exchange import ExchangeError
from core.scans.elements import text
from core.scans.read import quiet


def read_header(data: bytes, keywords: list[str]) -> dict[str, str]:
    """Attributes of a DICOM file by keyword, as text without padding, empty where they are missing.

    Raises
    ------
    ExchangeError
        If the bytes are no DICOM file.
    """
    try:
        with quiet():
            found = dcmread(io.BytesIO(data), stop_before_pixels=True, specific_tags=keywords)
            return {keyword: text(found, keyword) for keyword in keywords}
    except Exception:  # pydicom lets a dozen classes out of damaged files; their texts may hold values
        raise ExchangeError("This is no DICOM file.", "Export it again from its source.") from None
