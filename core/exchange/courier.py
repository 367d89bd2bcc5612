"""Courier: one thread of a process that empties the outbox. It sleeps until the next delivery is due, and ends when none waits."""

import logging
import threading
from datetime import datetime

from core.errors import SecondReaderError
from core.exchange import outbox
from core.exchange.settings import load_settings

LONGEST_SLEEP = 60.0  # seconds
_log = logging.getLogger(__name__)
_wake = threading.Event()
_lock = threading.Lock()
_thread: threading.Thread | None = None


def wake() -> None:
    """Send what is due, in the background; starts the thread where it does not run."""
    global _thread
    with _lock:
        _wake.set()
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_work, name="courier", daemon=True)
            _thread.start()


def deliver(now: datetime) -> list[outbox.Delivery]:
    """Attempt every delivery that is due once; returns them as they are then."""
    settings = load_settings()
    return [outbox.attempt(d, settings, now) for d in outbox.due(now)]


def _work() -> None:
    while True:
        _wake.clear()
        try:
            outbox.sweep()
            deliver(datetime.now())
        except SecondReaderError as e:  # the settings file is wrong
            _log.warning("%s", e.what)
        except Exception as e:  # a full disk, say; the queue is as it was, and the next round tries again
            _log.warning("the outbox could not be emptied (%s)", type(e).__name__)
        if _nothing_left():
            return
        _wake.wait(_pause(datetime.now()))


def _nothing_left() -> bool:
    """Whether the thread may end; whoever wakes it afterwards starts another one."""
    global _thread
    with _lock:
        if _wake.is_set() or any(d.state == "waiting" for d in outbox.deliveries()):
            return False
        _thread = None
        return True


def _pause(now: datetime) -> float:
    """Seconds until the next delivery is due, at most `LONGEST_SLEEP`: the command line puts deliveries into the same queue."""
    waiting = [(d.next_at - now).total_seconds() for d in outbox.deliveries() if d.state == "waiting" and d.next_at > now]
    return max(1.0, min([LONGEST_SLEEP, *waiting]))
