"""A watched folder: DICOM files that appear in it, or below it, are copied into the inbox, each once. No torch.

The folder is looked through again and again, because folders on network drives announce nothing.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydicom.pixels.utils import get_expected_length

from core.errors import ScanError
from core.exchange import ExchangeError, inbox
from core.exchange.settings import Inbox
from core.files import write_text
from core.scans import part10
from core.scans.identity import salted_key
from core.scans.read import quiet, read_file

LEDGER = "watched.txt"  # in the inbox: keyed hashes of the files that are done
MAX_LEDGER = 100_000  # lines
STALLED_S = 60  # seconds without a change after which a file with something missing is taken as it is
State = tuple[int, int]  # size and time of the last change


@dataclass
class FolderWatch:
    """Copies new files of a folder into the inbox.

    Attributes
    ----------
    folder : Path
    inbox : Inbox
    """

    folder: Path
    inbox: Inbox
    _before: dict[str, State] = field(default_factory=dict)  # files of the last look that are not done, by path
    _done: dict[str, None] = field(default_factory=dict)
    _used: int = 0

    def __post_init__(self) -> None:
        """Read which files were done before a restart."""
        if not self.folder.is_dir():
            raise ExchangeError(f"{self.folder} is no folder.", "Name the folder that the files appear in.")
        inbox.prepare(self.inbox)
        ledger = self.inbox.folder / LEDGER
        if ledger.is_file():
            self._done = dict.fromkeys(ledger.read_text("ascii").split())

    def look(self) -> Counter[str]:
        """Take the files that have not changed since the last look; returns how many had which outcome.

        A file that is still growing waits, and so does one of which something is missing, for `STALLED_S`. While the inbox is full,
        files are tried again.
        """
        now = {path: state for path, state in self._files() if _mark(path, state) not in self._done}
        ready = [path for path, state in now.items() if self._before.get(path) == state]
        self._before = now
        self._used = inbox.used(self.inbox.folder) if ready else 0
        outcomes: Counter[str] = Counter()
        known = len(self._done)
        for path in ready:
            outcome, done = self._take(Path(path))
            outcomes[outcome] += 1
            if done:
                self._done[_mark(path, now[path])] = None
        if len(self._done) > known:
            while len(self._done) > MAX_LEDGER:
                del self._done[next(iter(self._done))]
            write_text(self.inbox.folder / LEDGER, "\n".join(self._done))
        return outcomes

    def _take(self, path: Path) -> tuple[str, bool]:
        """What became of a file, and whether it is done."""
        try:
            data = read_file(path)
            if not part10.looks_like(data):
                return "no DICOM file", True
            if not _whole(data) and time.time() - path.stat().st_mtime < STALLED_S:
                return "waiting: half-written", False
            self._used += inbox.store(self.inbox, data, self._used)
        except inbox.Full as e:
            return f"waiting: {e.what}", False
        except inbox.NotAMammogram as e:
            return e.what, True
        except OSError:
            return "gone", True
        except ScanError as e:
            if isinstance(e.__cause__, OSError):  # the drive may answer again
                return f"waiting: {e.what}", False
            return e.what, True
        except ExchangeError as e:
            return e.what, True
        return "stored", True

    def _files(self) -> Iterator[tuple[str, State]]:
        """Regular files below the folder, hidden ones and links left out, with their states."""
        for root, folders, names in os.walk(self.folder):
            folders[:] = [f for f in folders if not f.startswith(".")]
            for name in names:
                path = os.path.join(root, name)
                try:
                    found = os.lstat(path)
                except OSError:
                    continue  # it was moved or deleted meanwhile
                if os.path.isfile(path) and not os.path.islink(path) and not name.startswith("."):
                    yield path, (found.st_size, found.st_mtime_ns)


def _whole(data: bytes) -> bool:
    """Whether a DICOM file ends as it should."""
    assumed: list[str] = []
    try:
        with quiet():
            ds, syntax = part10.parse(data, assumed)
            cut_off = syntax in part10.NATIVE and len(ds.PixelData) < get_expected_length(ds)
    except Exception:  # pydicom lets a dozen classes out of files that are cut off
        return False
    return not assumed and not cut_off


def _mark(path: str, state: State) -> str:
    return str(salted_key("watched", f"{path}\0{state[0]}\0{state[1]}"))
