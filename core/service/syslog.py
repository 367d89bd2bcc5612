"""A copy of each audit entry by syslog, as RFC 5424 writes it. No torch."""

import logging
import os
import socket
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from logging.handlers import SysLogHandler
from typing import ClassVar

_log = logging.getLogger(__name__)


class _Formatter(logging.Formatter):
    """VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG; the handler writes the priority before it."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        host = "".join(c for c in socket.gethostname() if "!" <= c <= "~")[:255] or "-"
        origin = f'[origin software="second-reader" swVersion="{_version()}"]'
        return f"1 {at} {host} second-reader {os.getpid()} {record.name} {origin} {record.msg}"


class _Handler(SysLogHandler):
    append_nul = False
    priority_map: ClassVar[dict[str, str]] = {"INFO": "notice"}

    def handleError(self, record: logging.LogRecord) -> None:
        """The log on the disk is what counts: a syslog server that is down stops nobody."""
        _log.warning("an audit entry could not be sent by syslog")


def send(address: str, action: str, line: bytes) -> None:
    """Send one entry with facility 13 (log audit) and severity notice; one that fails leaves a warning.

    Parameters
    ----------
    address : str
        host:port for UDP, or the path of a socket.
    action : str
        MSGID.
    line : bytes
        The entry, as JSON.
    """
    try:
        handler = _handler(address)
    except OSError:
        _log.warning("the syslog server cannot be found")
        return
    handler.handle(logging.LogRecord(action, logging.INFO, "", 0, line.decode(), None, None))


@cache
def _handler(address: str) -> _Handler:
    host, _, port = address.rpartition(":")
    handler = _Handler(address if address.startswith("/") else (host, int(port)), facility=SysLogHandler.LOG_SECURITY)
    handler.setFormatter(_Formatter())
    return handler


@cache
def _version() -> str:
    return version("second-reader")
