"""The few errors a user can meet. Each says what is wrong and what to do; the dashboard catches only these."""

import errno
from typing import Self


class SecondReaderError(Exception):
    """Something the user can put right.

    Parameters
    ----------
    what : str
        One sentence in plain words: what is wrong.
    remedy : str
        One sentence: what to do about it.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        # Errors cross process borders (decoding runs in a worker); the default pickling would lose `remedy`.
        return type(self), (self.what, self.remedy)


class ScanError(SecondReaderError):
    """A file that cannot be read as one mammogram."""


class DataError(SecondReaderError):
    """A folder, manifest or split that cannot be learned from."""


class RecipeError(SecondReaderError):
    """A recipe with an unknown key or a value that makes no sense."""


class CheckpointError(SecondReaderError):
    """A checkpoint that is incomplete, altered, or does not fit the request."""


class StoreError(SecondReaderError):
    """Saved cases that cannot be written, found, read or deleted."""


class FilterError(SecondReaderError):
    """A kernel that cannot be laid over an image."""


_OS_REASONS = {
    errno.ENOENT: ("does not exist", "Check the path."),
    errno.ENOTDIR: ("is not in a folder: part of its path is a file", "Check the path."),
    errno.EISDIR: ("is a folder, not a file", "Give the path of a file."),
    errno.EEXIST: ("exists already and is not a folder", "Choose another path."),
    errno.ELOOP: ("is a link that leads to itself", "Check the path."),
    errno.ENAMETOOLONG: ("is too long for this file system", "Choose a shorter name."),
    errno.EACCES: ("cannot be opened", "Check its permissions."),
    errno.EPERM: ("cannot be opened", "Check its permissions."),
    errno.EROFS: ("is on a read-only file system", "Choose another folder."),
    errno.ENOSPC: ("does not fit: the disk is full", "Free some space, or choose a folder on another disk."),
    errno.EDQUOT: ("does not fit: the disk quota is used up", "Free some space, or choose a folder on another disk."),
}


def of_os_error(e: OSError) -> SecondReaderError:
    """What the operating system refused, in our words."""
    name = str(e.filename) if e.filename is not None else "The output"
    what, remedy = _OS_REASONS.get(e.errno or 0, (f"cannot be used ({e.strerror or e})", "Check the path, its permissions and the disk."))
    return SecondReaderError(f"{name} {what}.", remedy)
