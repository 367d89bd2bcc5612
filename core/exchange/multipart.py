"""The body of a WADO-RS answer for one instance, parsed as it comes. No torch."""

from email.message import Message

from python_multipart.multipart import MultipartParser

from core.exchange import Dropped, ExchangeError


class InstancePart:
    """The one DICOM file of a WADO-RS answer, taken from the multipart message as it comes; some archives send it bare."""

    def __init__(self, content_type: str) -> None:
        header = Message()
        header["Content-Type"] = content_type
        self._data = bytearray()
        self._parts, self._closed = 0, False
        boundary = header.get_param("boundary")
        self._parser: MultipartParser | None = None
        if header.get_content_type() == "application/dicom":
            self._closed, self._parts = True, 1
        elif header.get_content_type() == "multipart/related" and isinstance(boundary, str):
            self._parser = MultipartParser(
                boundary, {"on_part_begin": self._begin, "on_part_data": self._add, "on_end": self._end}, max_header_count=32
            )
        else:
            raise ValueError("neither multipart/related nor application/dicom")

    def _begin(self) -> None:
        self._parts += 1

    def _add(self, data: bytes, start: int, end: int) -> None:
        if self._parts == 1:
            self._data += data[start:end]

    def _end(self) -> None:
        self._closed = True

    def write(self, chunk: bytes) -> None:
        """Take the next bytes of the body."""
        if self._parser:
            self._parser.write(chunk)
        else:
            self._data += chunk

    def whole(self) -> bytes:
        """The file; `Dropped` where the message ended too early, `ExchangeError` where it holds no file or several."""
        if not self._closed:
            raise Dropped("The archive sent half of an image.", "Try again.")
        if self._parts != 1 or not self._data:
            raise ExchangeError(f"The archive sent {self._parts or 'no'} files where one was requested.", "Report it to its administrator.")
        return bytes(self._data)
