"""The few errors a user can meet. Each says what is wrong and what to do; the dashboard catches only these."""


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

    def __reduce__(self):
        # Errors cross process borders (decoding runs in a worker); the default pickling would lose `remedy`.
        return type(self), (self.what, self.remedy)


class ScanError(SecondReaderError):
    """A file that cannot be read as one mammogram."""


class DataError(SecondReaderError):
    """A folder, manifest or split that cannot be learned from."""


class RecipeError(SecondReaderError):
    """A recipe with an unknown key or a value that makes no sense."""


class CheckpointError(SecondReaderError):
    """A checkpoint that is incomplete, altered, or does not fit what is asked of it."""


class StoreError(SecondReaderError):
    """Kept cases that cannot be written, found, read or deleted."""


class FilterError(SecondReaderError):
    """A kernel that cannot be laid over an image."""
