"""Where things are on this machine. Each folder can be moved by a variable; none depends on the current folder. No torch."""

import os
from pathlib import Path

import platformdirs

PACKAGE = Path(__file__).resolve().parent


def checkout() -> Path | None:
    """The root of the checkout that this code runs from; None where it is installed from a wheel."""
    root = PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() else None


def user_folder() -> Path:
    """This user's salt, saved cases and caches: SECOND_READER_HOME, else the platform's user data folder."""
    return _moved("SECOND_READER_HOME") or Path(platformdirs.user_data_dir("second-reader", appauthor=False))


def checkpoints_folder() -> Path:
    """The checkpoints: SECOND_READER_CHECKPOINTS, else `checkpoints` of the checkout, else those in the installed package."""
    return _moved("SECOND_READER_CHECKPOINTS") or (checkout() or PACKAGE) / "checkpoints"


def runs_folder() -> Path:
    """Training runs: SECOND_READER_RUNS, else `runs` of the checkout, else of the user's folder. It may not exist yet."""
    return _moved("SECOND_READER_RUNS") or (checkout() or user_folder()) / "runs"


def saved_folder() -> Path:
    """Saved cases: SECOND_READER_SAVED, else `saved` of the user's folder. It may not exist yet."""
    return _moved("SECOND_READER_SAVED") or user_folder() / "saved"


def cache_folder() -> Path:
    """Decoded training images: SECOND_READER_CACHE, else `grids` of the user's folder. It may not exist yet."""
    return _moved("SECOND_READER_CACHE") or user_folder() / "grids"


def weights_folder() -> Path | None:
    """Pretrained weights: SECOND_READER_WEIGHTS, or None."""
    return _moved("SECOND_READER_WEIGHTS")


def data_folder() -> Path | None:
    """The folder of data sets: SECOND_READER_DATA, or None."""
    return _moved("SECOND_READER_DATA")


def exchange_file() -> Path:
    """Settings of archives, nodes and the receiver: SECOND_READER_EXCHANGE, else `exchange.toml` of the user's folder."""
    return _moved("SECOND_READER_EXCHANGE") or user_folder() / "exchange.toml"


def inbox_folder() -> Path:
    """Images that were received and wait to be opened: SECOND_READER_INBOX, else `inbox` of the user's folder. It may not exist yet."""
    return _moved("SECOND_READER_INBOX") or user_folder() / "inbox"


def outbox_folder() -> Path:
    """Results that wait to be sent: SECOND_READER_OUTBOX, else `outbox` of the user's folder. It may not exist yet."""
    return _moved("SECOND_READER_OUTBOX") or user_folder() / "outbox"


def server_file() -> Path:
    """Settings of the server: SECOND_READER_SERVER, else `server.toml` of the user's folder."""
    return _moved("SECOND_READER_SERVER") or user_folder() / "server.toml"


def audit_log_file() -> Path:
    """The audit log: SECOND_READER_AUDIT_LOG, else `audit-log.jsonl` of the user's folder."""
    return _moved("SECOND_READER_AUDIT_LOG") or user_folder() / "audit-log.jsonl"


def _moved(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value).expanduser() if value else None
