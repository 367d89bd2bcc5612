"""The C-STORE receiver: a Storage SCP that writes mammograms into the inbox before it acknowledges them. No torch."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

from pydicom.uid import AllTransferSyntaxes
from pynetdicom import AE, evt
from pynetdicom.pdu import P_DATA_TF
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

from core.exchange import ExchangeError, inbox
from core.exchange.mammograms import STORED
from core.exchange.settings import MB, ExchangeSettings

SUCCESS, OUT_OF_RESOURCES, WRONG_OBJECT, NOT_UNDERSTOOD = 0x0000, 0xA700, 0xA900, 0xC000  # PS3.4, table B.2-1
SWEEP_S = 60.0  # seconds between two looks for expired files
logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)  # it logs data sets


class StoreReceiver:
    """Serves C-STORE and C-ECHO until it is closed; a context manager.

    Parameters
    ----------
    settings : ExchangeSettings
    report : callable
        Takes a sentence without identifiers for each association that brought or was refused something.

    Raises
    ------
    ExchangeError
        If the port cannot be listened on.
    """

    def __init__(self, settings: ExchangeSettings, report: Callable[[str], None]) -> None:
        self._receiver, self._inbox, self._report = settings.receiver, settings.inbox, report
        self._lock = threading.Lock()
        inbox.prepare(self._inbox)
        self._used = inbox.used(self._inbox.folder)
        self._counts: dict[int, Counter[str]] = {}  # of each association, by sentence
        self._coming: Counter[int] = Counter()  # bytes of the message that an association is sending
        self._next: dict[str, float] = {}  # when a caller may store again
        entity = AE(self._receiver.ae_title)
        entity.require_called_aet = True
        entity.require_calling_aet = list(self._receiver.callers)
        entity.maximum_associations = self._receiver.max_associations
        entity.add_supported_context(Verification)
        for sop_class in STORED:
            entity.add_supported_context(sop_class, AllTransferSyntaxes)
        handlers: list[evt.EventHandlerType] = [
            (evt.EVT_REQUESTED, self._requested),
            (evt.EVT_REJECTED, self._rejected),
            (evt.EVT_PDU_RECV, self._measure),
            (evt.EVT_C_STORE, self._store),
            (evt.EVT_CONN_CLOSE, self._closed),
        ]
        address = (self._receiver.host, self._receiver.port)
        try:
            server = entity.start_server(address, block=False, evt_handlers=handlers)
        except OSError as e:
            raise ExchangeError(
                f"Port {address[1]} of {address[0]} cannot be listened on ({e.strerror}).", "Stop what uses it, or change receiver.port."
            ) from e
        assert server is not None  # it does not block
        self._server = server

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()

    def sweep(self) -> None:
        """Delete what has expired, and count the inbox again; called every `SWEEP_S` seconds."""
        inbox.sweep(self._inbox)
        with self._lock:  # what is stored meanwhile would be left out
            self._used = inbox.used(self._inbox.folder)

    def _requested(self, event: evt.Event) -> None:
        """Answer to any of the configured titles; the library compares the request with a single one."""
        request = event.assoc.requestor.primitive
        called = request.called_ae_title if request else None
        titles = self._receiver.titles
        event.assoc.acceptor.ae_title = called if called in titles else titles[0]

    def _rejected(self, event: evt.Event) -> None:
        self._report(
            f"An association of {_caller(event)} was rejected: its title, or the one it called, is not configured, or all are busy."
        )

    def _measure(self, event: evt.Event) -> None:
        """Abort an association whose message grows beyond the limit: the library would collect it in memory."""
        if not isinstance(event.pdu, P_DATA_TF):
            return
        key = id(event.assoc)
        self._coming[key] += event.pdu.pdu_length
        if self._coming[key] > self._receiver.max_instance_mb * MB:
            self._coming[key] = 0
            self._count(event, f"aborted: an instance is larger than {self._receiver.max_instance_mb} MB")
            event.assoc.abort(block=False)

    def _store(self, event: evt.Event) -> int:
        self._coming[id(event.assoc)] = 0
        self._wait(_caller(event))
        try:
            with self._lock:
                self._used += inbox.store(self._inbox, event.encoded_dataset(), self._used)
        except inbox.Full as e:
            return self._refuse(event, OUT_OF_RESOURCES, e)
        except inbox.NotAMammogram as e:
            return self._refuse(event, WRONG_OBJECT, e)
        except ExchangeError as e:
            return self._refuse(event, NOT_UNDERSTOOD, e)
        self._count(event, "stored")
        return SUCCESS

    def _refuse(self, event: evt.Event, status: int, reason: ExchangeError) -> int:
        self._count(event, f"refused with status {status:04X}: {reason.what}")
        return status

    def _wait(self, caller: str) -> None:
        """Slow a caller down to `max_per_minute`."""
        with self._lock:
            now = time.monotonic()
            at = max(now, self._next.get(caller, now))
            self._next[caller] = at + 60 / self._receiver.max_per_minute
        time.sleep(at - now)

    def _count(self, event: evt.Event, what: str) -> None:
        self._counts.setdefault(id(event.assoc), Counter())[what] += 1

    def _closed(self, event: evt.Event) -> None:
        self._coming.pop(id(event.assoc), None)
        for what, n in self._counts.pop(id(event.assoc), Counter()).items():
            self._report(f"{_caller(event)}: {n} {'images' if n > 1 else 'image'} {what}")


def _caller(event: evt.Event) -> str:
    return str(event.assoc.requestor.ae_title).strip()
